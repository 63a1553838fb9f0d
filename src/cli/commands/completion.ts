// `playbook completion`: a script that teaches a shell to complete the command line of playbook. The scripts only know
// how their shell takes words apart and puts them together: what could stand there is asked of `playbook complete`.
import { readFileSync } from 'node:fs';
import { Argument } from 'commander';
import { exitCode } from '../../core/exit.js';
import { programRoot } from '../../core/program-root.js';
import type { AddCommand } from '../add-command.js';
import { print } from '../io.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** Adds `playbook completion bash|zsh|fish`. */
export const addCompletion: AddCommand = (program, io, end) => {
  program
    .command('completion')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(shells))
    .description('print a script that completes commands, flags and names in a shell')
    .action((shell: (typeof shells)[number]) => {
      print(io, readFileSync(new URL(`completions/playbook.${shell}`, programRoot), 'utf8'));
      end(exitCode.done);
    });
};
