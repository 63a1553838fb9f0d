// The failover of a tenant's pair on the embedded lab while A is alive, its return, and what status says of all: what a
// runbook does is what its check has named, and never do two databases take writes.
// What its check says is a file that a person can read (golden/): `UPDATE_GOLDEN=1` writes them anew; read the difference.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { allDatabases as all, byRest, patient, tenant, startRunbookLab } from '../rigs/embedded-runbooks.js';
import type { RunbookLab } from '../rigs/embedded-runbooks.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';
import { sql } from './rig.js';

describe('the pair of a tenant, while A is alive', () => {
  let labs: RunbookLab;
  beforeAll(async () => {
    labs = await startRunbookLab(['spa', 'spb', 'taa', 'tab']);
  }, 60_000);
  afterAll(async () => labs?.[Symbol.asyncDispose](), 60_000);

  it('a pair that has not failed over is not rejoined', patient, async () => {
    await labs.expectCheck('rejoin-primary.too-early', labs.words('rejoin-primary.yml', ...tenant), exitCode.failed);
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
