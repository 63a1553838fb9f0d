// `playbook unlock`: gives a run up, so that its hosts are free for others. The run can never act again.
import { Option } from 'commander';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { vaultFlags } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';

/** The flags of `playbook unlock`. */
export interface UnlockFlags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly confirm?: readonly string[];
  readonly iAcceptHalfState?: boolean;
}

/** Adds `playbook unlock RUN`. */
export const addUnlock: AddCommand = (program, io, end) => {
  const command = program
    .command('unlock')
    .argument('<RUN>', 'the id of a run, as the message of exit code 6 or `playbook runs` tells it')
    .description('give a run up: its hosts are free for others, and it can never act again')
    .addOption(
      new Option('-i, --inventory <FILE>', 'its inventory, when the run was started on another machine').argParser(
        collect,
      ),
    )
    .addOption(new Option('--confirm <RUN>', 'the id once more, in place of typing it').argParser(collect))
    .option(
      '--i-accept-half-state',
      'give it up although it is past a point of no return and not done: nothing will be undone or finished',
    );
  vaultFlags(command).action(async (run: string, flags: UnlockFlags) => {
    const { unlockRun } = await import('../unlock-run.js');
    end(await unlockRun(io, run, flags));
  });
};
