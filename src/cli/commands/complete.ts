// `playbook complete`: what the scripts of `playbook completion` ask, on every press of the tabulator. Not for people,
// and never loud: whoever is typing must not find an error in the middle of the line.
import { exitCode } from '../../core/exit.js';
import type { AddCommand } from '../add-command.js';
import { printLines } from '../io.js';

/** Adds `playbook complete -- WORDS...`: one candidate a line, its description behind a tabulator. */
export const addComplete: AddCommand = (program, io, end) => {
  program
    .command('complete', { hidden: true })
    .argument('[WORDS...]', 'the words after `playbook`; the last is being typed, and may be empty')
    .description('what could stand next on a command line')
    .action(async (words: readonly string[]) => {
      const { candidatesFor } = await import('../candidates.js');
      const found = await candidatesFor(program, words, io).catch(() => []);
      printLines(
        io,
        found.map(({ word, description = '' }) => (description === '' ? word : `${word}\t${description}`)),
      );
      end(exitCode.done);
    });
};
