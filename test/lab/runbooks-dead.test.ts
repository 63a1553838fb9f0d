// The runbooks on the embedded lab while A is cut off, which looks like a dead one: nothing goes on before a person has decided.
// What its check says is a file that a person can read (golden/): `UPDATE_GOLDEN=1` writes them anew; read the difference.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import { patient, tenant, startRunbookLab } from '../rigs/embedded-runbooks.js';
import type { RunbookLab } from '../rigs/embedded-runbooks.js';

describe('while A is cut off', () => {
  let labs: RunbookLab;
  const decided = ['-e', 'primary_state=dead'];
  beforeAll(async () => {
    labs = await startRunbookLab(['spa', 'spb', 'taa', 'tab']);
    await labs.lab.cut('spa');
    await labs.lab.cut('taa');
  }, 60_000);
  afterAll(async () => labs?.[Symbol.asyncDispose](), 60_000);

  it('nothing goes on without a decision', patient, async () => {
    await labs.expectCheck('promote-sp.cut.undecided', labs.words('promote-sp.yml'), exitCode.failed);
  });

  it('enable-writes', patient, async () => {
    const words = labs.words('enable-writes.yml', ...tenant, ...decided, '--confirm', 'taa');
    await labs.expectCheck('enable-writes.dead', words);
  });

  it('promote-sp', patient, async () => {
    const words = labs.words('promote-sp.yml', ...decided, '--confirm', 'spa');
    await labs.expectCheck('promote-sp.dead', words);
    const run = await runPlaybook(words);
    expect(run.withStatus('failed', 'not-converged', 'in-doubt', 'unreachable')).toEqual([]);
    expect(run.exitCode).toBe(exitCode.done);
    const again = await runPlaybook(words);
    expect(again.exitCode).toBe(exitCode.done);
    expect(again.withStatus('changed')).toEqual([]);
  });

  it('promote-tenant', patient, async () => {
    await labs.expectCheck('promote-tenant.dead', labs.words('promote-tenant.yml', ...tenant, ...decided));
  });

  it('rejoin-primary, once it is back as a second primary', patient, async () => {
    await labs.lab.heal('spa');
    const words = labs.words('rejoin-primary.yml', '-e', 'org=1000', '--confirm', 'spa fdb');
    await labs.expectCheck('rejoin-primary.was-dead', words);
    const run = await runPlaybook(words);
    expect(run.withStatus('failed', 'not-converged', 'in-doubt', 'unreachable')).toEqual([]);
    expect(run.exitCode).toBe(exitCode.done);
    expect(run.withStatus('changed')).toContain('Fence A at once where both sides take writes @ spa');
    const again = await runPlaybook(words);
    expect(again.exitCode).toBe(exitCode.done);
    expect(again.withStatus('changed')).toEqual([]);
  });
});
