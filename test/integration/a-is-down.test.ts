// A whose database is down while the appliance answers: nothing goes on without a person's decision, a wrong decision is
// found out, and the A that comes back is fenced before anything else.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import { changedParts, skipsWithoutLab, startLab } from '../rigs/real-lab.js';
import type { LabHost, RealLab } from '../rigs/real-lab.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';
import { SlonyOperator } from '../rigs/slony-operator.js';

const dc1 = ['-i', 'dc1.yml'];
const decided = ['-e', 'primary_state=database_down'];
const minutes = { timeout: 240_000 };

describe.skipIf(skipsWithoutLab())('A whose database is down', () => {
  let lab: RealLab;

  beforeAll(async () => {
    lab = await startLab({ hosts: ['spa', 'spb'] });
  });
  afterAll(async () => lab?.stop());

  const insert = (host: LabHost, name: string) =>
    lab.sql(host, 'fdb', `insert into policy (org_id, name) values (1000, '${name}')`);

  async function arrives(host: LabHost, name: string): Promise<boolean> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(100)) {
      if ((await lab.sql(host, 'fdb', `select from policy where name = '${name}'`)).length === 1) return true;
    }
    return false;
  }

  it('is not said to be down while it runs, whatever the decision, even with a password that does not fit', async () => {
    const up = await runPlaybook(['promote-sp.yml', ...dc1, ...decided]);
    expect(up.exitCode).toBe(exitCode.failed);
    expect(up.withStatus('failed')).toEqual(['A whose database is down answers, and its database does not @ spa']);
    const wrong = await runPlaybook(['promote-sp.yml', ...dc1, '-i', 'test/rigs/lab/wrong-password.yml', ...decided]);
    // A login that is refused is told as one, before anything is touched.
    expect(wrong.exitCode).toBe(exitCode.preflightRefused);
    expect(wrong.events).toContainEqual(expect.objectContaining({ type: 'preflight.found', code: 'preflight/login' }));
  });

  it('stops every runbook until a person has decided', async () => {
    await lab.stopDatabase('spa');
    const before = await lab.fingerprint('spb');
    for (const words of [['promote-sp.yml'], ['enable-writes.yml', '-e', 'org=1000']]) {
      const run = await runPlaybook([...words, ...dc1]);
      expect(run.exitCode).toBe(exitCode.failed);
      expect(run.withStatus('failed')).toEqual(['A answers, or a person has said that it is dead @ spa']);
    }
    expect(changedParts(before, await lab.fingerprint('spb'))).toEqual([]);
  });

  it('leaves B the writes, by decision, and says loudly that A is left out', minutes, async () => {
    const monitor = await lab.writableMonitor(['spa', 'spb']);
    const words = ['enable-writes.yml', ...dc1, '-e', 'org=1000', ...decided, '--confirm', 'spa'];
    const run = await checkRunAndRunAgain(words, { monitors: [monitor] });
    expect(run.events).toContainEqual(expect.objectContaining({ message: expect.stringContaining('IS LEFT OUT') }));
    await insert('spb', 'on its own');
  });

  it('makes B the primary, by decision', minutes, async () => {
    const monitor = await lab.writableMonitor(['spa', 'spb']);
    const answers = ['--confirm', 'spa', '--confirm', 'initialized'];
    const person = new SlonyOperator(lab, 'spb');
    await checkRunAndRunAgain(['promote-sp.yml', ...dc1, ...decided, ...answers], {
      see: person.see,
      monitors: [monitor],
    });
    await person.done();
    await insert('spb', 'as the primary');
  });

  it('is fenced at once when it comes back, and then follows B', minutes, async () => {
    await lab.startDatabase('spa');
    await insert('spa', 'lost');
    const began = performance.now();
    const monitor = await lab.writableMonitor(['spa', 'spb']);
    let fencedAtMs = Infinity;
    const person = new SlonyOperator(lab, 'spb', 'spa');
    const answers = ['--confirm', 'spa fdb', '--confirm', 'initialized'];
    const run = await runPlaybook(['rejoin-primary.yml', ...dc1, '-e', 'org=1000', ...answers], (event) => {
      if (event.type === 'task.finished' && event.name.startsWith('Fence A at once') && event.host === 'spa')
        fencedAtMs = performance.now() - began;
      person.see(event);
    });
    await person.done();
    expect(run.exitCode).toBe(exitCode.done);
    const { samples, moments } = await monitor.stop();
    expect(samples).toBeGreaterThan(50);
    // It came back as a second primary, which the decision of the operator had allowed for; that ended with the fence.
    expect(moments.length).toBeGreaterThan(0);
    expect(moments.filter(({ atMs }) => atMs > fencedAtMs)).toEqual([]);
    const asked = run.events.findIndex((event) => event.type === 'task.asked');
    const fenced = run.events.findIndex(
      (event) =>
        event.type === 'task.finished' && event.name.startsWith('Fence A at once') && event.status === 'changed',
    );
    expect(fenced).toBeGreaterThan(-1);
    expect(asked).toBeGreaterThan(fenced);
    expect(await arrives('spa', 'as the primary')).toBe(true);
    expect(await lab.sql('spa', 'fdb', `select from policy where name = 'lost'`)).toEqual([]);
    const again = await runPlaybook(['rejoin-primary.yml', ...dc1, '-e', 'org=1000']);
    expect(again.withStatus('changed')).toEqual([]);
    expect(again.exitCode).toBe(exitCode.done);
  });
});
