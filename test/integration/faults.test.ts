// The failover on the real lab while things go wrong: the cable of a host is pulled, its sshd freezes, its PostgreSQL is
// restarted, all its processes end at once, or the run itself is killed, in the middle of a change. `playbook resume` goes
// on until it is done; then B has everything and A nothing, no moment had two databases that took writes while served,
// and another run finds nothing to do. How many points: PLAYBOOK_FAULTS.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stamped } from '../../src/core/event.js';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot, runPlaybook } from '../rigs/command-line.js';
import { skipsWithoutLab, startLab } from '../rigs/real-lab.js';
import type { LabHost, RealLab } from '../rigs/real-lab.js';

const points = Number(process.env['PLAYBOOK_FAULTS'] ?? 3);
const promote = ['promote-sp.yml', '-i', 'dc1.yml'];
const answers = ['--confirm', 'spa', '--confirm', 'initialized'];
/** Changes of a clean run, over which the points are spread. */
const changes = 14;
const mostLives = 8;

type Kind = 'cut' | 'freeze' | 'database' | 'kill' | 'reboot';
const kinds: readonly Kind[] = ['kill', 'cut', 'freeze', 'database', 'reboot'];

let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'playbook-faults-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

interface Life {
  readonly code: number;
  readonly said: string;
}

/** One life of a run; `see` gets its events and the process. */
async function live(words: readonly string[], see: (event: Stamped, kill: () => void) => void): Promise<Life> {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/playbook'), ...words, '--output', 'jsonl'], {
    cwd: projectRoot,
    env: { ...process.env, PLAYBOOK_STATE_DIR: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  createInterface(child.stdout).on('line', (line) => {
    said += `${line}\n`;
    see(JSON.parse(line) as Stamped, () => child.kill('SIGKILL'));
  });
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? 128)));
  return { code, said };
}

/** Does it, and undoes it after a while, longer than a lost link needs to be noticed. */
async function strike(lab: RealLab, kind: Kind, host: LabHost): Promise<void> {
  switch (kind) {
    case 'cut':
      await lab.cut(host);
      await delay(18_000);
      return lab.heal(host);
    case 'freeze':
      await lab.exec(host, ['sh', '-c', 'pkill -STOP -x sshd']);
      await delay(18_000);
      return void (await lab.exec(host, ['sh', '-c', 'pkill -CONT -x sshd']));
    case 'database':
      await lab.stopDatabase(host);
      await delay(2_000);
      return lab.startDatabase(host);
    case 'reboot':
      return lab.reboot(host);
    case 'kill':
      return undefined;
  }
}

function runId(): string {
  const names = readdirSync(join(state, 'runs')).filter((name) => name.endsWith('.jsonl'));
  return names.toSorted().at(-1)?.replace('.jsonl', '') ?? '';
}

async function capabilities(lab: RealLab): Promise<Readonly<Record<string, unknown>>> {
  const rows = await lab.sql(
    'spb',
    'fdb',
    `select name, capabilities::int as bits from appliance where name like 'sp%'`,
  );
  return Object.fromEntries(rows.map((row) => [row['name'], row['bits']]));
}

/** Runs until it is done, with one fault at the n-th change of the first life; the exit codes of all lives. */
async function survive(
  lab: RealLab,
  kind: Kind,
  nth: number,
): Promise<{ readonly codes: readonly number[]; readonly last: Life }> {
  let seen = 0;
  let pressed: Promise<void> | undefined;
  let struck: Promise<void> | undefined;
  const see = (event: Stamped, kill: () => void): void => {
    if (event.type === 'task.asked' && event.title.startsWith('Initialize Slony'))
      pressed ??= lab.initSlony('fdb', 'spb', 'spa');
    if (event.type !== 'task.applying' || struck !== undefined) return;
    seen += 1;
    if (seen < nth) return;
    struck = strike(lab, kind, event.host as LabHost);
    if (kind === 'kill') kill();
  };
  let last = await live(['run', ...promote, ...answers], see);
  const codes = [last.code];
  while (last.code !== exitCode.done && codes.length < mostLives) {
    await struck;
    // When the hosts belong to nobody any more, or nothing can be gone on with, an operator starts anew.
    const resumed = codes.at(-1) !== exitCode.usage;
    last = await live(resumed ? ['resume', runId(), ...answers] : ['run', ...promote, ...answers], see);
    codes.push(last.code);
  }
  await struck;
  await pressed;
  // A fault that nobody struck would prove nothing.
  expect(struck).toBeDefined();
  return { codes, last };
}

describe.skipIf(skipsWithoutLab())('promote-sp.yml', () => {
  const cases = Array.from({ length: points }, (_, index) => ({
    kind: kinds[index % kinds.length] ?? 'kill',
    nth: 1 + (Math.floor((index * changes) / points) % changes),
  }));

  it.each(cases)('survives $kind at change $nth', { timeout: 300_000 }, async ({ kind, nth }) => {
    await using lab = await startLab({ hosts: ['spa', 'spb'] });
    const monitor = await lab.writableMonitor(['spa', 'spb']);
    const { codes, last } = await survive(lab, kind, nth);
    const seen = await monitor.stop();
    console.log(`fault: ${kind} at change ${nth}: exit codes ${codes.join(' ')}`);
    expect(last.code, `the last life said: ${last.said.slice(-3_000)}`).toBe(exitCode.done);
    expect(await capabilities(lab)).toEqual({ spa: 65_536 + 3, spb: 192 + 3 });
    expect(seen.moments).toEqual([]);
    const again = await runPlaybook([...promote, ...answers]);
    expect(again.exitCode, `it said: ${JSON.stringify(again.events.slice(1)).slice(0, 3_000)}`).toBe(exitCode.done);
    // A host that was booted in between has started what the failover had stopped, and the next run stops it again.
    expect(kind === 'reboot' ? [] : again.withStatus('changed', 'unknown')).toEqual([]);
  });
});
