// The commands by name, and wrong words on the command line turned into problems with a hint. Each command is loaded
// only when it is called, so that `--version` and `validate` do not wait for ssh.
import { Command, CommanderError } from 'commander';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { didYouMean } from '../core/words.js';
import type { AddCommand } from './add-command.js';
import { tell } from './io.js';
import type { Io } from './io.js';
import { programVersion } from './program-version.js';
/** The commands by name, in the order of the help. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./commands/run.js')).addRun,
  preflight: async () => (await import('./commands/preflight.js')).addPreflight,
  validate: async () => (await import('./commands/validate.js')).addValidate,
  list: async () => (await import('./commands/list.js')).addList,
  inventory: async () => (await import('./commands/inventory.js')).addInventory,
  explain: async () => (await import('./commands/explain.js')).addExplain,
  modules: async () => (await import('./commands/modules.js')).addModules,
  schema: async () => (await import('./commands/schema.js')).addSchema,
  runs: async () => (await import('./commands/runs.js')).addRuns,
  report: async () => (await import('./commands/report.js')).addReport,
  resume: async () => (await import('./commands/resume.js')).addResume,
  unlock: async () => (await import('./commands/unlock.js')).addUnlock,
  vault: async () => (await import('./commands/vault.js')).addVault,
  lab: async () => (await import('./commands/lab.js')).addLab,
  completion: async () => (await import('./commands/completion.js')).addCompletion,
  complete: async () => (await import('./commands/complete.js')).addComplete,
};

/** Those that speak of the others. */
const knowAll = ['complete', 'completion'];

/** The commands that the words need: the one that they name, or all where they may mean any. */
async function commandsFor(words: readonly string[]): Promise<readonly AddCommand[]> {
  const [name = ''] = words;
  if (name === '--version') return [];
  const isOne = Object.hasOwn(commands, name) && !knowAll.includes(name);
  const needed = isOne ? [commands[name]] : Object.values(commands);
  return Promise.all(needed.flatMap((load) => load?.() ?? []));
}

/** Runs the command that the words name; resolves with the exit code of the process. */
export async function runProgram(words: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  const program = build(io);
  for (const add of await commandsFor(words)) add(program, io, (ended) => (code = ended));
  prepare(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.code === 'commander.helpDisplayed' || thrown.code === 'commander.version') return exitCode.done;
    if (thrown.code === 'commander.help') return words.includes('help') ? exitCode.done : exitCode.usage;
    return tell(io, [wrongUse(thrown, program, words)]);
  }
}

function build(io: Io): Command {
  return new Command('playbook')
    .description('Runs runbooks on hosts: looks before it touches, and looks again after.')
    .version(programVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [COMMAND]', 'print the help of a command')
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: Math.min(io.stdout.columns ?? 100, 120), showGlobalOptions: false });
}

/** Every command throws its wrong words instead of printing them, so that they are all told in one way. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const each of command.commands) {
    each.copyInheritedSettings(command);
    prepare(each);
  }
}

const codeOf: Readonly<Record<string, Diagnostic['code']>> = {
  'commander.excessArguments': 'cli/excess-arguments',
  'commander.invalidArgument': 'cli/invalid-argument',
  'commander.missingArgument': 'cli/missing-argument',
  'commander.missingMandatoryOptionValue': 'cli/missing-mandatory-option-value',
  'commander.optionMissingArgument': 'cli/option-missing-argument',
  'commander.unknownCommand': 'cli/unknown-command',
  'commander.unknownOption': 'cli/unknown-option',
};

/** Commander's message in the tone of the house: `error: unknown option '--chek'` -> unknown option `--chek`. */
function wrongUse(thrown: CommanderError, program: Command, words: readonly string[]): Diagnostic {
  const message = thrown.message
    .replace(/^error: /, '')
    .replaceAll(/'([^']*)'/g, '`$1`')
    .replace(' is invalid. ', ' is invalid: ');
  const code = codeOf[thrown.code];
  if (code === undefined) throw thrown;
  const command = commandOf(program, words);
  const wrong = /`([^`]*)`/.exec(message)?.[1] ?? '';
  return error(code, message, undefined, { hint: hintFor(thrown.code, wrong, command) });
}

function commandOf(program: Command, words: readonly string[]): Command {
  const next = program.commands.find((each) => words[0] === each.name());
  return next === undefined ? program : commandOf(next, words.slice(1));
}

function hintFor(code: string, wrong: string, command: Command): string {
  const path = [command.parent?.parent?.name(), command.parent?.name(), command.name()].filter(Boolean).join(' ');
  const see = `\`${path} --help\` lists what there is`;
  if (code === 'commander.unknownCommand')
    return (
      didYouMean(
        wrong,
        command.commands.map((each) => each.name()),
      ) ?? see
    );
  if (code !== 'commander.unknownOption') return see;
  const known = command.options.flatMap((option) => [option.long, option.short].filter((each) => each !== undefined));
  return nearOption(wrong, [...known, '--help']) ?? see;
}

function nearOption(wrong: string, known: readonly string[]): string | undefined {
  const hint = didYouMean(wrong.split('=')[0] ?? wrong, known);
  return hint?.startsWith('did you mean') === true ? hint : undefined;
}
