// `playbook report`: a run told again from its journal, by the same reporters that told it live.
import { Option } from 'commander';
import { exitCode } from '../../core/exit.js';
import type { AddCommand } from '../add-command.js';
import { findRun } from '../find-run.js';
import { tell, themeOf } from '../io.js';
import { runsDirectory } from '../../journal/directory.js';
import { createReporter, outputs } from '../../report/index.js';
import type { Output } from '../../report/index.js';
import { Terminal } from '../../report/terminal.js';

interface Flags {
  readonly verbose?: boolean;
  readonly output?: Output;
}

/** Adds `playbook report RUN`. */
export const addReport: AddCommand = (program, io, end) => {
  program
    .command('report')
    .argument('<RUN>', 'the id of a run, as `playbook runs` lists it')
    .description('tell a run again, from its journal')
    .option('-v, --verbose', 'output of commands, and messages of tasks that changed nothing')
    .addOption(new Option('-o, --output <NAME>', 'how to tell it').choices([...outputs]))
    .action(async (run: string, { verbose = false, output }: Flags) => {
      const found = findRun(run, runsDirectory(io.environment));
      if (!found.ok) return end(tell(io, found.problems));
      const terminal = new Terminal(io.stdout);
      const reporter = await createReporter(output ?? (io.stdout.isTTY ? 'tree' : 'lines'), {
        terminal,
        theme: themeOf(io),
        verbose,
      });
      await reporter.report(eachOf(found.value.events));
      return end(exitCode.done);
    });
};

async function* eachOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
