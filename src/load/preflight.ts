// The preflight of words: every template of every task is checked for every host of its play before one connection
// is opened, so that an undefined variable is found now and not at three in the morning, half way through.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import type { Play, Playbook } from '../core/playbook.js';
import type { RunOptions } from '../core/run.js';
import { didYouMean } from '../core/words.js';
import { tasksOf } from '../core/steps.js';
import { needsLeftOut } from './left-out.js';
import { leftOutByLimit } from './limited.js';
import { NearWords } from './near-words.js';
import { PlayWords } from './play-words.js';
import { unusedParams } from './unused-params.js';
import { Shapes } from './register-shapes.js';
import { ProblemsByHost } from './problems-by-host.js';

/** What the operator chose that names words of the playbook or inventory. */
export type WordOptions = Pick<RunOptions, 'limit' | 'tags' | 'skipTags' | 'startAtTask'>;

/** Every wrong word of playbooks over an inventory: hosts, tags, tasks, variables. Looks at nothing but memory. */
export function checkWords(
  playbooks: Playbook | readonly Playbook[],
  inventory: Inventory,
  options: WordOptions,
): readonly Diagnostic[] {
  const books = 'plays' in playbooks ? [playbooks] : playbooks;
  const problems: Diagnostic[] = [
    ...checkTags(books, options),
    ...checkStart(books, options),
    ...unusedParams(books, inventory),
  ];
  const limited = limit(inventory, options, problems);
  const byHost = new ProblemsByHost();
  const results = new Map<string, Set<string>>();
  const shapes = new Shapes();
  const hostsOf = new Map<Play, readonly Host[]>();
  let anyHost = false;
  const near = new NearWords();
  for (const [play, { directory, params }] of books.flatMap(playsOf)) {
    const selected = inventory.select(play.hosts, play.hostsSpan);
    if (!selected.ok) {
      problems.push(...selected.problems);
      continue;
    }
    const hosts = selected.value.filter((host) => limited === undefined || limited.has(host));
    hostsOf.set(play, hosts);
    anyHost ||= hosts.length > 0;
    new PlayWords({ play, directory, params, hosts, inventory, results, shapes, near, problems: byHost }).check();
  }
  // Where words are wrong, what they would lead to says nothing new.
  if (anyHost && problems.length === 0 && byHost.all.length === 0) {
    problems.push(...leftOutByLimit(books, inventory, options.limit, limited));
    problems.push(...needsLeftOut(books, inventory, options, (play) => hostsOf.get(play) ?? []));
  }
  if (!anyHost && problems.length === 0 && limited !== undefined) {
    const hint = 'limit the run to hosts or groups of its plays';
    problems.push(
      error('inventory/empty-match', `\`--limit ${options.limit}\` leaves no host of any play`, undefined, { hint }),
    );
  }
  return [...problems, ...byHost.all];
}

function playsOf(playbook: Playbook): readonly (readonly [Play, Playbook])[] {
  return playbook.plays.map((play) => [play, playbook]);
}

function limit(inventory: Inventory, options: WordOptions, problems: Diagnostic[]): ReadonlySet<Host> | undefined {
  if (options.limit === undefined) return undefined;
  const selected = inventory.select(options.limit);
  if (selected.ok) return new Set(selected.value);
  const words = selected.problems.map((each) => ({ ...each, message: `--limit: ${each.message}` }));
  problems.push(...words);
  return undefined;
}

const specialTags = ['all', 'tagged', 'untagged', 'always', 'never'];

function checkTags(playbooks: readonly Playbook[], options: WordOptions): readonly Diagnostic[] {
  const known = new Set(
    playbooks.flatMap((playbook) =>
      playbook.plays.flatMap((play) => [
        ...play.tags,
        ...[...tasksOf(play.steps), ...play.handlers].flatMap((task) => task.tags),
      ]),
    ),
  );
  const check = (flag: string, tags: readonly string[]): readonly Diagnostic[] =>
    tags
      .filter((tag) => !known.has(tag) && !specialTags.includes(tag))
      .map((tag) => {
        const hint = known.size === 0 ? 'no task has tags' : didYouMean(tag, known);
        return error('playbook/unknown-tag', `${flag}: no task has the tag \`${tag}\``, undefined, { hint });
      });
  return [...check('--tags', options.tags), ...check('--skip-tags', options.skipTags)];
}

function checkStart(playbooks: readonly Playbook[], { startAtTask }: WordOptions): readonly Diagnostic[] {
  if (startAtTask === undefined) return [];
  const tasks = playbooks.flatMap((playbook) => playbook.plays.flatMap((play) => tasksOf(play.steps)));
  if (tasks.some((task) => task.name.text === startAtTask)) return [];
  // A name with variables is only known for a host, so any of those might be meant.
  if (tasks.some((task) => task.name.needs.length > 0)) return [];
  const hint = didYouMean(
    startAtTask,
    tasks.map((task) => task.name.text),
  );
  return [error('playbook/unknown-task', `--start-at-task: no task is called \`${startAtTask}\``, undefined, { hint })];
}
