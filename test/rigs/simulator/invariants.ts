// What must hold after every run of the simulated world, whatever broke: the journal and the exit codes, which are what the
// program says, against the effects, which are what truly happened. The numbers are those of the design.
import type { Event } from '../../../src/core/event.js';
import { exitCode } from '../../../src/core/exit.js';
import type { Effect } from './effects.js';
import type { Scenario } from './scenarios.js';
import type { Life } from './subject.js';
import type { SimulatedWorld } from './world.js';

/** Everything that came of one case. */
export interface History {
  readonly world: SimulatedWorld;
  readonly scenario: Scenario;
  readonly lives: readonly Life[];
  /** The same scenario without a crash. */
  readonly clean: Clean;
}

/** What a run without a crash comes to. */
export interface Clean {
  readonly code: number;
  readonly state: string;
  /** How many events there are to crash before. */
  readonly events: number;
  readonly once: readonly string[];
  /** Complete contents of files, by host and path. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A rule that was broken. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
}

/** The events of a journal, whatever frames its lines have around them. */
export function eventsIn(bytes: Buffer): readonly Event[] {
  return bytes
    .toString()
    .split('\n')
    .flatMap((line) => {
      const from = line.indexOf('{');
      if (from < 0) return [];
      try {
        return [JSON.parse(line.slice(from, line.lastIndexOf('}') + 1)) as Event];
      } catch {
        return [];
      }
    });
}

/** Every rule that the history breaks. */
export function violationsOf(history: History): readonly Violation[] {
  const { world, lives } = history;
  const found: Violation[] = [];
  const add = (rule: string, what: string): void => void found.push({ rule, what });
  for (const effect of world.effects)
    if (!hasIntent(effect, world)) add('I1', `${words(effect)} had no durable intent`);
  for (const each of unfounded(history)) add('I2', each);
  for (const each of repeated(history)) add('I3', each);
  for (const { rule, what, atMs } of world.breaches) add(rule, `${what} at ${atMs} ms`);
  for (const each of disordered(history)) add('I5', each);
  for (const life of lives) for (const each of touchedWhenRefused(life, world)) add('I8', each);
  for (const each of torn(history)) add('I11', each);
  for (const life of lives) {
    if (life.ended.kind === 'stuck') add('I16', `life ${life.runner.number}: ${life.ended.why}`);
    if (life.ended.kind === 'threw') add('BUG', String((life.ended.error as Error).stack ?? life.ended.error));
  }
  for (const each of doubts(history)) add('I17', each);
  const code = codeOf(lives.at(-1));
  if (code === history.clean.code && without(world.state(), history) !== without(history.clean.state, history))
    add(
      'I18',
      `exit code ${code}, and the world is not as it should be:\n${world.state()}\ninstead of\n${history.clean.state}`,
    );
  return found;
}

/** The state without what a playbook may do without. */
function without(state: string, { scenario }: History): string {
  return scenario.optional.reduce((text, each) => text.replaceAll(`${each}\\n`, ''), state);
}

/** The exit code of a life; nothing when it was killed. */
export function codeOf(life: Life | undefined): number | undefined {
  return life?.ended.kind === 'done' ? life.ended.value : undefined;
}

function words({ label, host, atMs, asker }: Effect): string {
  return `\`${label}\` on ${host} at ${atMs} ms (life ${asker.runner.number})`;
}

function journalOf(world: SimulatedWorld, run: string): Buffer {
  return world.disk.files.get(`${world.journals}/${run}.jsonl`)?.bytes ?? Buffer.alloc(0);
}

/** Names of tasks by their ids. */
export function namesIn(events: readonly Event[]): ReadonlyMap<string, string> {
  return new Map(events.flatMap((each) => (each.type === 'task.started' ? [[each.task, each.name] as const] : [])));
}

/** True when a task, or an item of its loop, is about these words. */
export function isAbout(label: string, name: string, item: string | undefined): boolean {
  return item === undefined ? name.endsWith(` ${label}`) : item === label;
}

function hasIntent({ label, host, asker, durable }: Effect, world: SimulatedWorld): boolean {
  const bytes = journalOf(world, asker.run ?? 'run');
  const events = eventsIn(bytes.subarray(0, durable));
  const names = namesIn(events);
  return events.some(
    (each) =>
      each.type === 'task.applying' &&
      // A task that is delegated is written down for the host that it is for.
      (each.host === host || label === 'last') &&
      isAbout(label, names.get(each.task) ?? '', each.item),
  );
}

function unfounded({ world, lives, scenario }: History): readonly string[] {
  const [first] = lives;
  const events = eventsIn(journalOf(world, first?.run ?? 'run'));
  return events.flatMap((each) => {
    if (each.type !== 'task.finished' || each.status !== 'changed') return [];
    const label = scenario.labels.find((one) => isAbout(one, each.name, each.item));
    if (label === undefined) return [];
    const there = world.effects.some((one) => one.label === label && (one.host === each.host || label === 'last'));
    return there ? [] : [`\`${label}\` on ${each.host} is written down as changed and never happened`];
  });
}

function repeated({ world, lives, clean, scenario }: History): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind, host, label } of world.effects)
    if (kind === 'once') counts.set(`${label} on ${host}`, (counts.get(`${label} on ${host}`) ?? 0) + 1);
  const often = [...counts].flatMap(([what, count]) => (count > 1 ? [`${what} happened ${count} times`] : []));
  if (codeOf(lives.at(-1)) !== clean.code) return often;
  const missing = clean.once
    .filter((each) => !scenario.optional.some((one) => each.startsWith(`${one} on `)))
    .filter((each) => !counts.has(each))

    .map((each) => `${each} never happened, and all is said to be well`);
  return [...often, ...missing];
}

function disordered({ world, scenario }: History): readonly string[] {
  const first = new Map<string, Effect>();
  for (const effect of world.effects) {
    const key = `${effect.label} on ${effect.host}`;
    if (!first.has(key)) first.set(key, effect);
  }
  let last: Effect | undefined;
  return [...first.values()].flatMap((effect) => {
    const before = last;
    last = effect;
    if (before === undefined || scenario.labels.indexOf(before.label) <= scenario.labels.indexOf(effect.label))
      return [];
    // Items of a loop go on host by host.
    const inLoop = ['one', 'two', 'three'];
    if (inLoop.includes(before.label) && inLoop.includes(effect.label) && before.host !== effect.host) return [];
    return [`${words(effect)} came after ${words(before)}`];
  });
}

function touchedWhenRefused(life: Life, world: SimulatedWorld): readonly string[] {
  const code = codeOf(life);
  const refusals: readonly number[] = [exitCode.preflightRefused, exitCode.locked, exitCode.invalid];
  if (code === undefined || !refusals.includes(code)) return [];
  return world.effects
    .filter((each) => each.asker.runner === life.runner)
    .map((each) => `${words(each)} by a life that ended with exit code ${code}`);
}

function torn({ world, clean }: History): readonly string[] {
  return [...world.hosts.values()].flatMap((host) =>
    [...host.seen].flatMap(([path, contents]) =>
      [...contents]
        .filter((each) => path.startsWith('/') && clean.seen.get(`${host.name} ${path}`)?.has(each) !== true)
        .map((each) => `a reader of ${path} on ${host.name} could meet ${JSON.stringify(each)}`),
    ),
  );
}

/** Doubt must be told by the exit code, and whoever ends well has no intent without an end. */
function doubts({ world, lives }: History): readonly string[] {
  const last = lives.at(-1);
  const code = codeOf(last);
  if (last === undefined || code === undefined || code === exitCode.bug) return [];
  const open = new Set<string>();
  let doubtful: string | undefined;
  for (const event of eventsIn(journalOf(world, last.run))) {
    if (event.type === 'task.applying') open.add(`${event.task} on ${event.host} ${event.item ?? ''}`);
    if (event.type !== 'task.finished') continue;
    const key = `${event.task} on ${event.host} ${event.item ?? ''}`;
    if (event.status === 'in-doubt') doubtful = key;
    else if (doubtful === key) doubtful = undefined;
    open.delete(key);
  }
  const left = [...open].map((each) => `exit code ${code}, and ${each} was begun and never ended`);
  if (doubtful === undefined || code === exitCode.inDoubt) return code === exitCode.done ? left : [];
  return [...left, `exit code ${code}, and ${doubtful} is in doubt`];
}
