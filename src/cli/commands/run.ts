// `playbook run`: the flags, and the road from words to a finished run. Everything that can be wrong with files and words
// is found before the first connection.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { error } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import type { RunOptions } from '../../core/run.js';
import { outputs } from '../../report/index.js';
import type { Output } from '../../report/index.js';
import { collect, something } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { printLines, tell } from '../io.js';
import type { Io } from '../io.js';
import type { Loaded, LoadRequest } from '../load-all.js';

interface Flags {
  readonly inventory?: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly extraVars?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly forks: number;
  readonly startAtTask?: string;
  readonly step?: boolean;
  readonly preflight: boolean;
  readonly confirm?: readonly string[];
  readonly user?: string;
  readonly become?: boolean;
  readonly askBecomePass?: boolean;
  readonly askPass?: boolean;
  readonly privateKey?: string;
  readonly timeout?: number;
  readonly taskTimeout: number;
  readonly verbose?: boolean;
  readonly output?: Output;
  readonly detailedExitcode?: boolean;
  readonly acceptNewHostKeys?: boolean;
  readonly listHosts?: boolean;
}

/** Adds `playbook run`. */
export const addRun: AddCommand = (program, io, end) => {
  const command = program
    .command('run')
    .argument('<PLAYBOOK...>', 'playbooks, run one after another; looked for here and in playbooks/')
    .description('run playbooks on the hosts of an inventory');
  whatToRun(command);
  howToRun(command);
  howToConnect(command);
  command.action(async (playbooks: readonly string[], flags: Flags) => end(await run(io, playbooks, flags)));
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
    .option('--no-preflight', 'start without looking whether all is there that the tasks need')
    .addOption(
      new Option('--confirm <ANSWER>', 'answers a question that expects exactly this; may be repeated').argParser(
        collect,
      ),
    )
    .option('-v, --verbose', 'output of commands as it comes, and messages of tasks that changed nothing')
    .addOption(
      new Option('-o, --output <NAME>', 'how to tell it (tree on a terminal, else lines)').choices([...outputs]),
    )
    .option('--detailed-exitcode', 'with --check: exit with 2 when something would change');
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

async function run(io: Io, playbooks: readonly string[], flags: Flags): Promise<ExitCode> {
  if (flags.step === true && !io.stdin.isTTY) {
    const hint = 'run it in a terminal, or without `--step`';
    return tell(io, [error('cli/no-terminal', '`--step` needs a terminal to ask on', undefined, { hint })]);
  }
  const { askPasswords } = await import('../ask-passwords.js');
  const passwords = await askPasswords(io, { ssh: flags.askPass === true, become: flags.askBecomePass === true });
  if (!passwords.ok) return tell(io, passwords.problems);
  const { loadAll } = await import('../load-all.js');
  const request: LoadRequest = { playbooks, ...flags, overrides: { ...overridesOf(flags), ...passwords.value } };
  const loaded = loadAll(io, { ...request, forRun: true });
  if (!loaded.ok) return tell(io, loaded.problems);
  if (loaded.value.warnings.length > 0) tell(io, loaded.value.warnings);
  if (flags.listHosts === true) return listHosts(io, loaded.value, flags);
  return execute(io, loaded.value, flags);
}

/** What the flags say of how hosts are reached. */
export function overridesOf({
  user,
  privateKey,
  become,
  timeout,
}: Pick<Flags, 'user' | 'privateKey' | 'become' | 'timeout'>) {
  return {
    ...(timeout === undefined ? {} : { connectTimeoutMs: timeout * 1000 }),
    ...(user === undefined ? {} : { user }),
    ...(privateKey === undefined ? {} : { privateKeyFile: privateKey }),
    ...(become === undefined ? {} : { become }),
  };
}

async function execute(io: Io, { playbooks, inventory, target }: Loaded, flags: Flags): Promise<ExitCode> {
  const [{ wire }, engine] = await Promise.all([import('../wire.js'), import('../../engine/run.js')]);
  const wired = await wire(io, {
    output: flags.output ?? (io.stdout.isTTY ? 'tree' : 'lines'),
    verbose: flags.verbose === true,
    acceptNewHostKeys: flags.acceptNewHostKeys === true,
    confirmations: flags.confirm ?? [],
  });
  try {
    const options = optionsOf(flags);
    return await wired.finish(
      await engine.run({ id: wired.id, playbooks, inventory, target, options, world: wired.world }),
    );
  } catch (thrown) {
    // Nothing may be left unsaid of a run that broke: what was told so far is shown first.
    if ((await wired.finish(exitCode.bug)) === exitCode.bug && wired.journalLost()) return exitCode.bug;
    throw thrown;
  }
}

function optionsOf(flags: Flags): RunOptions {
  const { limit, startAtTask } = flags;
  return {
    check: flags.check === true,
    diff: flags.diff === true,
    ...(limit === undefined ? {} : { limit }),
    tags: flags.tags ?? [],
    skipTags: flags.skipTags ?? [],
    ...(startAtTask === undefined ? {} : { startAtTask }),
    step: flags.step === true,
    preflight: flags.preflight,
    forks: flags.forks,
    taskTimeoutMs: flags.taskTimeout * 1000,
    detailedExitCode: flags.detailedExitcode === true,
    liveOutput: flags.verbose === true || flags.output === 'jsonl',
  };
}

function listHosts(io: Io, { playbooks, inventory }: Loaded, { limit }: Flags): ExitCode {
  const limited = limit === undefined ? undefined : inventory.select(limit);
  const allowed = limited?.ok === true ? new Set(limited.value.map((host) => host.name)) : undefined;
  for (const play of playbooks.flatMap((playbook) => playbook.plays)) {
    const picked = inventory.select(play.hosts, play.hostsSpan);
    const hosts = picked.ok ? picked.value.filter((host) => allowed?.has(host.name) ?? true) : [];
    printLines(io, [play.name, ...hosts.map((host) => `  ${host.name}`)]);
  }
  return exitCode.done;
}
