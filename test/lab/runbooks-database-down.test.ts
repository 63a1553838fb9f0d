// The runbooks on the embedded lab while the database of A is down: nothing goes on before a person has decided, and what is
// done then is what the check has named.
// What its check says is a file that a person can read (golden/): `UPDATE_GOLDEN=1` writes them anew; read the difference.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { allDatabases as all, byRest, patient, tenant, startRunbookLab } from '../rigs/embedded-runbooks.js';
import type { RunbookLab } from '../rigs/embedded-runbooks.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';

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
