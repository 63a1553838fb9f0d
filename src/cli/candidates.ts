// What could stand where somebody presses the tabulator: commands and flags as the program declares them, and the words
// of files, each kind where it belongs.
import { join } from 'node:path';
import type { Argument, Command } from 'commander';
import { safeLine } from '../report/text.js';
import type { Io } from './io.js';
import {
  groupsIn,
  hostsIn,
  inventoriesAround,
  paramsIn,
  playbooksAround,
  readInventory,
  readPlaybooks,
  tagsIn,
  tasksIn,
  variablesIn,
} from './known-words.js';
import type { KnownWord } from './known-words.js';
import { readTypedWords } from './typed-words.js';
import type { TypedWords } from './typed-words.js';

type Source = (typed: TypedWords, io: Io) => Promise<readonly KnownWord[]>;

const inventoryOf = (typed: TypedWords, io: Io) => readInventory(io, typed.values.get('--inventory') ?? []);
const runs: Source = async (_typed, io) => {
  const [{ listRuns, resultOf }, { runsDirectory }] = await Promise.all([
    import('../journal/read.js'),
    import('../journal/directory.js'),
  ]);
  return listRuns(runsDirectory(io.environment)).map((run) => ({
    word: run.id,
    description: `${run.playbook}${run.check ? ' (check)' : ''}, ${resultOf(run)}`,
  }));
};
const modules: Source = async () => {
  const registry = await import('../modules/index.js');
  return [...registry.modules.values()].map(({ name, summary }) => ({ word: name, description: summary }));
};
const explainable: Source = async () => {
  const { codes } = await import('../core/codes/index.js');
  return [...codes].map(([word, { means }]) => ({ word, description: means }));
};
const labHosts: Source = async (typed, io) =>
  hostsIn(await readInventory(io, [join(typed.values.get('--directory')?.[0] ?? '.lab', 'hosts.yml')]));

/** What the values of a flag are. */
const byFlag: Readonly<Record<string, Source>> = {
  '--inventory': (_typed, io) => inventoriesAround(io),
  '--extra-vars': async (typed, io) =>
    paramsIn(await readPlaybooks(io, typed.names), hostsIn(await inventoryOf(typed, io))),
  '--limit': async (typed, io) => {
    const inventory = await inventoryOf(typed, io);
    return inPattern(typed.current, [...groupsIn(inventory), ...hostsIn(inventory)]);
  },
  '--tags': async ({ names, current }, io) => inList(current, tagsIn(await readPlaybooks(io, names))),
  '--skip-tags': async ({ names, current }, io) => inList(current, tagsIn(await readPlaybooks(io, names))),
  '--start-at-task': async ({ names }, io) => tasksIn(await readPlaybooks(io, names)),
  '--host': async (typed, io) => hostsIn(await inventoryOf(typed, io)),
};

/** What an argument is, by the name that its command gives it, and by the command where that name says too little. */
const byArgument: Readonly<Record<string, Source>> = {
  PLAYBOOK: (_typed, io) => playbooksAround(io),
  FILE: async (_typed, io) => [...(await playbooksAround(io)), ...(await inventoriesAround(io))],
  RUN: runs,
  'modules NAME': modules,
  'explain CODE': explainable,
  'var NAME': async (typed, io) => variablesIn(await inventoryOf(typed, io), typed.values.get('--host')?.[0]),
  'cut HOST': labHosts,
  'heal HOST': labHosts,
};

/** What the last of these words could become; the words are those after the program's name. */
export async function candidatesFor(program: Command, words: readonly string[], io: Io): Promise<readonly KnownWord[]> {
  const typed = readTypedWords(program, words);
  const whole = `${typed.before}${typed.current}`;
  const seen = new Set<string>();
  return (await possible(program, typed, io)).flatMap(({ word, description = '' }) => {
    const candidate = `${typed.before}${word}`;
    // A word that a terminal would obey can be typed by nobody.
    if (!candidate.startsWith(whole) || safeLine(word) !== word || seen.has(candidate)) return [];
    seen.add(candidate);
    return [{ word: candidate, description: inShort(description) }];
  });
}

/** What fits beside a word in a list. */
function inShort(description: string): string {
  const line = safeLine(description.split('\n')[0] ?? '');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

async function possible(program: Command, typed: TypedWords, io: Io): Promise<readonly KnownWord[]> {
  const { command, flag, current, names } = typed;
  if (flag !== undefined) {
    if (flag.argChoices !== undefined) return flag.argChoices.map((word) => ({ word }));
    return (await byFlag[flag.long ?? '']?.(typed, io)) ?? [];
  }
  if (typed.before !== '') return [];
  if (typed.flagsMayFollow && current.startsWith('-')) return flagsOf(command);
  if (command === program && names[0] === 'help') return names.length === 1 ? commandsOf(program) : [];
  const commands = names.length === 0 ? commandsOf(command) : [];
  return [...commands, ...(await argumentWords(typed, io))];
}

async function argumentWords(typed: TypedWords, io: Io): Promise<readonly KnownWord[]> {
  const { command, names } = typed;
  const argument = argumentAt(command, names.length);
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return argument.argChoices.map((word) => ({ word }));
  const source = byArgument[`${command.name()} ${argument.name()}`] ?? byArgument[argument.name()];
  return ((await source?.(typed, io)) ?? []).filter(({ word }) => !names.includes(word));
}

function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic === true ? last : undefined);
}

function commandsOf(command: Command): readonly KnownWord[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ word: each.name(), description: each.description() }));
}

function flagsOf(command: Command): readonly KnownWord[] {
  const flags = command.createHelp().visibleOptions(command);
  return flags.flatMap(({ long, short, description }) =>
    [long, short].filter((each) => typeof each === 'string').map((word) => ({ word, description })),
  );
}

/** The words behind the last comma of a list. */
function inList(current: string, words: readonly KnownWord[]): readonly KnownWord[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1);
  const said = before.split(',');
  return words.filter(({ word }) => !said.includes(word)).map((each) => ({ ...each, word: before + each.word }));
}

/** The words behind the last sign of a pattern of hosts: `a:b`, `a:&b`, `a:!b`, `a,b`. */
function inPattern(current: string, words: readonly KnownWord[]): readonly KnownWord[] {
  const [before = ''] = /^(?:.*[:,])?[!&]?/.exec(current) ?? [];
  return words.map((each) => ({ ...each, word: before + each.word }));
}
