// `playbook preflight`: looks at everything that a run would need, on all hosts at once, and touches nothing.
import { Option } from 'commander';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import { hasErrors } from '../../core/diagnostic.js';
import { whereIs } from '../../core/source.js';
import type { Preflight } from '../../engine/preflight.js';
import { count, safeLine } from '../../report/text.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { printLines, tell } from '../io.js';
import type { Io } from '../io.js';
import type { Loaded } from '../load-all.js';
import { overridesOf } from '../run-flags.js';
import type { RunFlags } from '../run-flags.js';
import { vaultFlags, withSecretsOf } from '../vault-passwords.js';
import { howToConnect, positiveInteger, whichTasks } from './run.js';

type Flags = Omit<
  RunFlags,
  'check' | 'diff' | 'step' | 'preflight' | 'confirm' | 'taskTimeout' | 'output' | 'detailedExitcode' | 'listHosts'
>;

/** Adds `playbook preflight PLAYBOOK...`. */
export const addPreflight: AddCommand = (program, io, end) => {
  const command = program
    .command('preflight')
    .argument('<PLAYBOOK...>', 'playbooks, in order; looked for here and in playbooks/')
    .description('look whether all that playbooks need is there')
    .addOption(
      new Option('-i, --inventory <FILE>', 'an inventory, here or in inventories/; may be repeated').argParser(collect),
    );
  whichTasks(command);
  command
    .addOption(new Option('-f, --forks <NUMBER>', 'hosts at once').argParser(positiveInteger).default(10))
    .option('-v, --verbose', 'name the tasks of which too little is known before the run');
  howToConnect(command);
  vaultFlags(command);
  command.action(async (playbooks: readonly string[], flags: Flags) => end(await look(io, playbooks, flags)));
};

async function look(process: Io, playbooks: readonly string[], flags: Flags): Promise<ExitCode> {
  const opened = await withSecretsOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const { askPasswords } = await import('../ask-passwords.js');
  const passwords = await askPasswords(io, { ssh: flags.askPass === true, become: flags.askBecomePass === true });
  if (!passwords.ok) return tell(io, passwords.problems);
  const { loadAll } = await import('../load-all.js');
  const overrides = { ...overridesOf(flags), ...passwords.value };
  const loaded = loadAll(io, { playbooks, ...flags, overrides, forRun: true });
  if (!loaded.ok) return tell(io, loaded.problems);
  if (loaded.value.warnings.length > 0) tell(io, loaded.value.warnings);
  return lookAt(io, loaded.value, flags);
}

async function lookAt(io: Io, { playbooks, inventory, target }: Loaded, flags: Flags): Promise<ExitCode> {
  const [{ wireLook }, { lookAhead }, { allProblems }] = await Promise.all([
    import('../wire.js'),
    import('../../engine/run.js'),
    import('../../engine/preflight.js'),
  ]);
  using wired = wireLook(io, { acceptNewHostKeys: flags.acceptNewHostKeys === true });
  const { limit, startAtTask, tags = [], skipTags = [], forks } = flags;
  const options = {
    check: false,
    diff: false,
    step: false,
    liveOutput: false,
    taskTimeoutMs: 60_000,
    tags,
    skipTags,
    forks,
    ...(limit === undefined ? {} : { limit }),
    ...(startAtTask === undefined ? {} : { startAtTask }),
  };
  const seen = await lookAhead({ id: 'preflight', playbooks, inventory, target, options, world: wired.world });
  if (wired.world.draining.aborted) return exitCode.interrupted;
  const problems = allProblems(seen);
  tell(io, problems);
  printLines(io, summary(seen, flags.verbose === true));
  return hasErrors(problems) ? exitCode.preflightRefused : exitCode.done;
}

function summary({ certain, deferred }: Preflight, verbose: boolean): readonly string[] {
  const looked = `${count(certain, 'task')} looked at, each on each of its hosts`;
  const rest = deferred.length === 0 ? '' : `; ${deferred.length} can only be told in the run`;
  const named = deferred.map(
    ({ task, host }) => `  ${safeLine(whereIs(task.span))}  ${safeLine(task.name.text)}  [${safeLine(host)}]`,
  );
  return [`${looked}${rest}`, ...(verbose ? named : [])];
}
