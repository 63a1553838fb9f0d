// `playbook resume`: goes on with a run at the very task and host where it stopped.
import { Option } from 'commander';
import type { ExitCode } from '../../core/exit.js';
import type { Output } from '../../report/index.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { vaultFlags } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';
import { howToTell } from './run.js';

/** The flags of `playbook resume`. */
export interface ResumeFlags extends VaultFlags {
  readonly extraVars?: readonly string[];
  readonly confirm?: readonly string[];
  readonly acceptEdits?: boolean;
  readonly acceptDrift?: boolean;
  readonly verbose?: boolean;
  readonly output?: Output;
}

/** Adds `playbook resume RUN`. */
export const addResume: AddCommand = (program, io, end) => {
  const command = program
    .command('resume')
    .argument('<RUN>', 'the id of a run, as `playbook runs` lists it')
    .description('go on with a run where it stopped: what was done stays done, what is unknown is looked up')
    .addOption(
      new Option('-e, --extra-vars <NAME=VALUE>', 'a secret that the run was given; it is not written down').argParser(
        collect,
      ),
    );
  command.option(
    '--accept-edits',
    'go on although playbook, inventory or files were edited, if all that was begun is still the same; it is written down',
  );
  command.option(
    '--accept-drift',
    'go on although something that the run did last is not so any more; it stays as it is, and that is written down',
  );
  howToTell(command);
  vaultFlags(command).action(async (run: string, flags: ResumeFlags) => {
    const { resumeRun } = await import('../resume-run.js');
    const code: ExitCode = await resumeRun(io, run, flags);
    end(code);
  });
};
