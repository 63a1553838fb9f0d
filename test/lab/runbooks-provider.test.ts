// The failover of the service providers on the embedded lab while A is alive, and back again: what it does is what its check
// has named, and never do two databases take writes.
// What its check says is a file that a person can read (golden/): `UPDATE_GOLDEN=1` writes them anew; read the difference.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import { byRest, patient, startRunbookLab } from '../rigs/embedded-runbooks.js';
import type { RunbookLab } from '../rigs/embedded-runbooks.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';

describe('the service providers, while A is alive', () => {
  let labs: RunbookLab;
  beforeAll(async () => {
    labs = await startRunbookLab(['spa', 'spb', 'taa', 'tab']);
  }, 60_000);
  afterAll(async () => labs?.[Symbol.asyncDispose](), 60_000);

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
});
