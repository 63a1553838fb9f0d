// `playbook run`: the flags, and the road from words to a finished run. Everything that can be wrong with files and words
// is found before the first connection.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { outputs } from '../../report/index.js';
import { collect, something } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import type { RunFlags } from '../run-flags.js';
import { vaultFlags } from '../vault-passwords.js';

/** Adds `playbook run`. */
export const addRun: AddCommand = (program, io, end) => {
  const command = program
    .command('run')
    .argument('<PLAYBOOK...>', 'playbooks, run one after another; looked for here and in playbooks/')
    .description('run playbooks on the hosts of an inventory');
  whatToRun(command);
  howToRun(command);
  howToConnect(command);
  vaultFlags(command);
  command.action(async (playbooks: readonly string[], flags: RunFlags) => {
    const { startRun } = await import('../start-run.js');
    end(await startRun(io, playbooks, flags));
  });
};

function whatToRun(command: Command): void {
  command
    .addOption(
      new Option('-i, --inventory <FILE>', 'an inventory, here or in inventories/; may be repeated').argParser(collect),
    )
    .option('-C, --check', 'only look: say what would change, touch nothing')
    .option('-D, --diff', 'show what changes, before and after');
  whichTasks(command);
  command.option('--list-hosts', 'only print the hosts of each play');
}

/** Adds the flags that say which variables, hosts and tasks are meant. */
export function whichTasks(command: Command): void {
  command
    .addOption(new Option('-e, --extra-vars <NAME=VALUE>', 'a variable, or @FILE; may be repeated').argParser(collect))
    .addOption(new Option('-l, --limit <PATTERN>', 'only these hosts').argParser(something))
    .addOption(new Option('-t, --tags <TAGS>', 'only tasks with one of these tags').argParser(collectWords))
    .addOption(new Option('--skip-tags <TAGS>', 'no tasks with one of these tags').argParser(collectWords))
    .addOption(new Option('--start-at-task <NAME>', 'begin at the task of this name').argParser(something));
}

function howToRun(command: Command): void {
  command
    .addOption(new Option('-f, --forks <NUMBER>', 'hosts at once').argParser(positiveInteger).default(10))
    .addOption(
      new Option('--task-timeout <SECONDS>', 'deadline of a task that says none')
        .argParser(positiveInteger)
        .default(3600),
    )
    .option('--step', 'ask before each task')
    .option('--no-preflight', 'start without looking whether all is there that the tasks need');
  howToTell(command).option('--detailed-exitcode', 'with --check: exit with 2 when something would change');
}

/** Adds the flags that answer questions and say how a run is told. */
export function howToTell(command: Command): Command {
  return command
    .addOption(
      new Option('--confirm <ANSWER>', 'answers a question that expects exactly this; may be repeated').argParser(
        collect,
      ),
    )
    .option('-v, --verbose', 'output of commands as it comes, and messages of tasks that changed nothing')
    .addOption(
      new Option('-o, --output <NAME>', 'how to tell it (tree on a terminal, else lines)').choices([...outputs]),
    );
}

/** Adds the flags that say how hosts are reached. */
export function howToConnect(command: Command): void {
  command
    .addOption(new Option('-u, --user <NAME>', 'log in as this user').argParser(something))
    .option('-b, --become', 'become another user (root unless the inventory says otherwise)')
    .option('-K, --ask-become-pass', 'ask for the password of sudo')
    .option('-k, --ask-pass', 'ask for the password of ssh')
    .addOption(new Option('--private-key <FILE>', 'log in with this key').argParser(something))
    .addOption(new Option('-T, --timeout <SECONDS>', 'how long connecting may take').argParser(positiveInteger))
    .option('--accept-new-host-keys', 'learn host keys that are not known yet; a changed key is always refused');
}

/** For flags that take words with commas between them, and may be given several times. */
function collectWords(value: string, earlier: readonly string[] = []): readonly string[] {
  return [
    ...earlier,
    ...something(value)
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ];
}

/** For flags that count. */
export function positiveInteger(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('a whole number of at least 1 is expected');
}
