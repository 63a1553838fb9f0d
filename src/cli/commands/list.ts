// `playbook list`: what a playbook would be about, without connecting to anything.
import { Option } from 'commander';
import type { Command } from 'commander';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import type { Param, Play, Playbook, Step, Task } from '../../core/playbook.js';
import { Scope } from '../../core/scope.js';
import { tasksOf } from '../../core/steps.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { printLines, tell, themeOf } from '../io.js';
import type { Io } from '../io.js';
import { vaultFlags, withVaultOf } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';
import type { Loaded } from '../load-all.js';
import { safeLine } from '../../report/text.js';
import type { Theme } from '../../report/theme.js';

const kinds = ['hosts', 'tasks', 'tags', 'vars'] as const;
type Kind = (typeof kinds)[number];

interface Flags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly limit?: string;
}

/** Adds `playbook list hosts|tasks|tags|vars PLAYBOOK`. */
export const addList: AddCommand = (program, io, end) => {
  const list = program.command('list').description('what a playbook is about: its hosts, tasks, tags or variables');
  for (const kind of kinds) {
    flags(list.command(kind).argument('<PLAYBOOK...>', 'playbooks, in order')).action(
      async (playbooks: readonly string[], given: Flags) => end(await show(io, kind, playbooks, given)),
    );
  }
};

function flags(command: Command): Command {
  return vaultFlags(command)
    .addOption(new Option('-i, --inventory <FILE>', 'an inventory; may be repeated').argParser(collect))
    .addOption(new Option('-e, --extra-vars <NAME=VALUE>', 'a variable, or @FILE; may be repeated').argParser(collect))
    .option('-l, --limit <PATTERN>', 'only these hosts');
}

async function show(process: Io, kind: Kind, playbooks: readonly string[], given: Flags): Promise<ExitCode> {
  const opened = await withVaultOf(process, given);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const { loadAll } = await import('../load-all.js');
  const loaded = loadAll(io, { playbooks, ...given });
  if (!loaded.ok) return tell(io, loaded.problems);
  const theme = themeOf(io);
  for (const playbook of loaded.value.playbooks) {
    printLines(io, [theme.bold(safeLine(playbook.path)), ...linesOf(kind, playbook, loaded.value, given, theme)]);
  }
  return exitCode.done;
}

function linesOf(kind: Kind, playbook: Playbook, loaded: Loaded, { limit }: Flags, theme: Theme): readonly string[] {
  if (kind === 'tags') return [`  ${tagsOf(playbook).map(safeLine).join(', ') || 'no tags'}`];
  if (kind === 'vars') return paramLines(playbook, theme);
  return playbook.plays.flatMap((play) => [
    '',
    `  ${theme.bold(safeLine(play.name))}  ${theme.dim(`hosts: ${safeLine(play.hosts)}`)}`,
    ...(kind === 'hosts' ? hostLines(play, loaded, limit) : taskLines(play, loaded, theme)),
  ]);
}

function hostLines(play: Play, { inventory }: Loaded, limit: string | undefined): readonly string[] {
  const picked = inventory.select(play.hosts, play.hostsSpan);
  const limited = limit === undefined ? undefined : inventory.select(limit);
  const allowed = limited?.ok === true ? new Set(limited.value.map((host) => host.name)) : undefined;
  const hosts = picked.ok ? picked.value.filter((host) => allowed?.has(host.name) ?? true) : [];
  return hosts.length === 0 ? ['    no hosts'] : hosts.map((host) => `    ${safeLine(host.name)}`);
}

function taskLines(play: Play, { inventory }: Loaded, theme: Theme): readonly string[] {
  const picked = inventory.select(play.hosts, play.hostsSpan);
  const first = picked.ok ? picked.value[0] : undefined;
  const scope = (first === undefined ? Scope.empty : inventory.scopeOf(first)).with('play', play.definitions);
  const line = (task: Task, indent: number): string => taskLine(task, indent, scope, theme);
  const handlers = play.handlers.map((task) => line(task, 4));
  return [
    ...play.steps.flatMap((step) => stepLines(step, 4, line, theme)),
    ...(handlers.length === 0 ? [] : [theme.dim('    handlers'), ...handlers.map((each) => `  ${each}`)]),
  ];
}

function stepLines(
  step: Step,
  indent: number,
  line: (task: Task, indent: number) => string,
  theme: Theme,
): readonly string[] {
  if (step.kind === 'task') return [line(step, indent)];
  const part = (name: string, steps: readonly Step[]): readonly string[] =>
    steps.length === 0
      ? []
      : [
          `${' '.repeat(indent)}${theme.dim(safeLine(name))}`,
          ...steps.flatMap((each) => stepLines(each, indent + 2, line, theme)),
        ];
  return [...part(step.name ?? 'block', step.steps), ...part('rescue', step.rescue), ...part('always', step.always)];
}

/** A name may hold variables: it is shown as the first host of the play would see it, or as it is written. */
function taskLine(task: Task, indent: number, scope: Scope, theme: Theme): string {
  const tags = task.tags.length === 0 ? '' : `  [${task.tags.join(', ')}]`;
  const name = task.name.render(scope.with('task', task.definitions));
  return `${' '.repeat(indent)}${safeLine(name.ok ? name.value : task.name.text)}  ${theme.dim(`${task.module}${safeLine(tags)}`)}`;
}

function tagsOf(playbook: Playbook): readonly string[] {
  const tags = playbook.plays.flatMap((play) => [
    ...play.tags,
    ...[...tasksOf(play.steps), ...play.handlers].flatMap((task) => task.tags),
  ]);
  return [...new Set(tags)].toSorted();
}

function neededOf(param: Param): string {
  if (param.default !== undefined) return `default ${defaultText(param.default)}`;
  return param.inventorySays === true ? 'said by the inventory' : 'required';
}

/** The inputs of a playbook: what `-e` can say. */
function paramLines({ params }: Playbook, theme: Theme): readonly string[] {
  if (params.length === 0) return ['  no params'];
  return params.map((param) => {
    const facts = [
      param.type,
      ...(param.enum === undefined ? [] : [`one of ${param.enum.map((each) => JSON.stringify(each)).join(', ')}`]),
      neededOf(param),
      ...(param.secret ? ['secret'] : []),
    ];
    const words = param.description === undefined ? '' : `  ${safeLine(param.description)}`;
    return `  ${theme.cyan(safeLine(param.name))}  ${theme.dim(safeLine(facts.join(', ')))}${words}`;
  });
}

function defaultText({ value }: NonNullable<Playbook['params'][number]['default']>): string {
  return value.kind === 'data' ? JSON.stringify(value.data) : value.template.text || '""';
}
