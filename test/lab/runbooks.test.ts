// Every runbook on the embedded lab, in every state of the old primary: what its check says is a file that a person can
// read (golden/), what it then does is what the check has named, and never do two databases of a set take writes.
// `UPDATE_GOLDEN=1` writes the files anew; read the difference before you commit it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import { startRunbookLab } from '../rigs/embedded-runbooks.js';
import type { RunbookLab } from '../rigs/embedded-runbooks.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';
import { sql } from './rig.js';

const all = ['fdb', 'edb', 'avdb'];
const tenant = ['-e', 'org=1001'];
const byRest = 'Initialize Slony by the REST call';
const patient = { timeout: 120_000 };

describe('while A is alive', () => {
  let labs: RunbookLab;
  beforeAll(async () => {
    labs = await startRunbookLab(['spa', 'spb', 'taa', 'tab']);
  }, 60_000);
  afterAll(async () => labs?.[Symbol.asyncDispose](), 60_000);

  it('a pair that has not failed over is not rejoined', patient, async () => {
    await labs.expectCheck('rejoin-primary.too-early', labs.words('rejoin-primary.yml', ...tenant), exitCode.failed);
  });

  it('an appliance of 9.0.0 is refused', patient, async () => {
    const run = await runPlaybook(labs.words('promote-sp.yml', '-e', 'appliance_version=9.0.0'));
    expect(run.exitCode).toBe(exitCode.failed);
    expect(run.withStatus('failed')).toContain('The procedure is for these appliances @ spb');
    expect(run.withStatus('changed')).toEqual([]);
  });

  it('promote-sp', patient, async () => {
    const words = labs.words('promote-sp.yml', '--confirm', 'spa');
    await labs.expectCheck('promote-sp.alive', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['spa', 'spb'], ['fdb']),
      unpredictable: [`P2.10 ${byRest}`],
    });
  });

  it('the row of the vendor is what the inventory says', patient, async () => {
    const row = { set_id: 1, set_comment: 'All tables and Sequences', local_id: 2, master_node: true };
    const run = await runPlaybook(labs.words('promote-sp.yml', '-e', JSON.stringify({ slony_row: row })));
    expect(run.exitCode).toBe(exitCode.failed);
    expect(run.withStatus('failed')).toEqual(["P2.11 The vendor's own check @ spb"]);
  });

  it('promote-tenant, before and instead of enable-writes', patient, async () => {
    await labs.expectCheck('promote-tenant.alive', labs.words('promote-tenant.yml', ...tenant));
  });

  it('enable-writes', patient, async () => {
    const words = labs.words('enable-writes.yml', ...tenant, '--confirm', 'taa');
    await labs.expectCheck('enable-writes.alive', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['taa', 'tab'], all),
      unpredictable: ['P1.9 P1.10'],
    });
    const write = 'update policy set value = name';
    expect(await sql(labs.lab.state, 'tab', write)).toEqual([]);
    await expect(sql(labs.lab.state, 'taa', write)).rejects.toThrow('takes no writes');
  });

  it('promote-tenant after enable-writes', patient, async () => {
    const words = labs.words('promote-tenant.yml', ...tenant, '--confirm', 'taa');
    await labs.expectCheck('promote-tenant.after-enable-writes', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['taa', 'tab'], all),
      unpredictable: [`P3.9 ${byRest}`],
    });
  });

  it('rejoin-primary', patient, async () => {
    const words = labs.words('rejoin-primary.yml', ...tenant, '--confirm', 'taa edb', '--confirm', 'taa avdb');
    await labs.expectCheck('rejoin-primary.alive', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['taa', 'tab'], all),
      unpredictable: [`P4 ${byRest}`],
    });
  });

  it('fails back, the other way round', patient, async () => {
    const joined = await runPlaybook(labs.words('rejoin-primary.yml', '-e', 'org=1000'));
    expect(joined.exitCode).toBe(exitCode.done);
    const roles = ['-e', 'old_primary=spb', '-e', 'new_primary=spa', '--confirm', 'spb'];
    const words = labs.words('promote-sp.yml', ...roles);
    await labs.expectCheck('promote-sp.fail-back', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['spa', 'spb'], ['fdb']),
      unpredictable: [`P2.10 ${byRest}`],
    });
  });

  it('status shows every appliance', patient, async () => {
    await labs.expectCheck('status.alive', labs.words('status.yml'));
    await labs.lab.cut('taa');
    await labs.expectCheck('status.cut', labs.words('status.yml'));
    await labs.lab.heal('taa');
  });

  it('status raises an alarm where both sides take writes', patient, async () => {
    await sql(labs.lab.state, 'taa', 'drop schema _slony cascade', 'edb');
    await labs.expectCheck('status.split-brain', labs.words('status.yml', '--limit', 'org_1001'), exitCode.failed);
  });
});

describe('while the database of A is down', () => {
  let labs: RunbookLab;
  const decided = ['-e', 'primary_state=database_down'];
  beforeAll(async () => {
    labs = await startRunbookLab(['spa', 'spb', 'taa', 'tab']);
    await labs.lab.stopDatabase('spa');
    await labs.lab.stopDatabase('taa');
  }, 60_000);
  afterAll(async () => labs?.[Symbol.asyncDispose](), 60_000);

  it('nothing goes on without a decision', patient, async () => {
    await labs.expectCheck('promote-sp.database-down.undecided', labs.words('promote-sp.yml'), exitCode.failed);
  });

  it('enable-writes', patient, async () => {
    const words = labs.words('enable-writes.yml', ...tenant, ...decided, '--confirm', 'taa');
    await labs.expectCheck('enable-writes.database-down', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['taa', 'tab'], all),
      unpredictable: ['P1.9 P1.10'],
    });
  });

  it('promote-sp', patient, async () => {
    const words = labs.words('promote-sp.yml', ...decided, '--confirm', 'spa');
    await labs.expectCheck('promote-sp.database-down', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['spa', 'spb'], ['fdb']),
      unpredictable: [`P2.10 ${byRest}`],
    });
  });

  it('promote-tenant', patient, async () => {
    const words = labs.words('promote-tenant.yml', ...tenant, ...decided, '--confirm', 'taa');
    await labs.expectCheck('promote-tenant.database-down', words);
    await checkRunAndRunAgain(words, {
      monitors: await labs.watch(['taa', 'tab'], all),
      unpredictable: [`P3.9 ${byRest}`],
    });
  });

  it('rejoin-primary, once it is up again', patient, async () => {
    await labs.lab.startDatabase('taa');
    const answers = all.flatMap((database) => ['--confirm', `taa ${database}`]);
    const words = labs.words('rejoin-primary.yml', ...tenant, ...answers);
    await labs.expectCheck('rejoin-primary.database-was-down', words);
    await checkRunAndRunAgain(words, { unpredictable: [`P4 ${byRest}`] });
  });
});

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
