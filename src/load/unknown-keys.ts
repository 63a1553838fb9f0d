// Every key of a playbook means something or is a mistake. This finds the mistakes, and which word was meant.
import type { AnyModule } from '../core/module.js';
import { error } from '../core/diagnostic.js';
import { didYouMean, nearest } from '../core/words.js';
import type { Keywords } from './keywords.js';
import type { Entry, MapNode } from './node.js';
import type { Problems } from './problems.js';
import { hintForKey, hintForStranger } from './strangers.js';

/** Says which keys of a map are not known. `owner` is what the map is, as in `a play`. */
export function refuseUnknownKeys(map: MapNode, known: Keywords, owner: string, problems: Problems): void {
  for (const entry of map.entries) {
    if (!Object.hasOwn(known, entry.key)) problems.add(unknownKey(entry, known, owner));
  }
}

function unknownKey({ key, keySpan }: Entry, known: Keywords, owner: string): ReturnType<typeof error> {
  return error('playbook/unknown-key', `${owner} has no key \`${key}\``, keySpan, { hint: hintForKey(key, known) });
}

/** A module and the entry that calls it. */
export interface Called {
  readonly module: AnyModule;
  readonly entry: Entry;
}

/** The one module of a task. Keys that are neither keyword nor module are said, as are too many modules or none. */
export function moduleOf(
  map: MapNode,
  known: Keywords,
  modules: ReadonlyMap<string, AnyModule>,
  problems: Problems,
): Called | undefined {
  const others = map.entries.filter((entry) => !Object.hasOwn(known, entry.key));
  const calls = others.flatMap((entry): readonly Called[] => {
    const module = modules.get(plainName(entry.key));
    return module === undefined ? [] : [{ module, entry }];
  });
  const unknown = others.filter((entry) => !modules.has(plainName(entry.key)));
  const [call, second] = calls;
  if (second !== undefined) problems.add(twoModules(calls.map((each) => each.entry)));
  const suspects = call === undefined ? unknown.filter((entry) => meantAsModule(entry.key, known, modules)) : [];
  for (const entry of unknown) {
    problems.add(suspects.includes(entry) ? unknownModule(entry, modules) : unknownKey(entry, known, 'a task'));
  }
  const strange = unknown.some((entry) => hintForStranger(entry.key) !== undefined);
  if (call === undefined && suspects.length === 0 && !strange) {
    problems.add(
      error('playbook/no-module', 'this task has no module', map.entries[0]?.keySpan ?? map.span, {
        hint: 'say what to do, such as `command: ...`; `playbook modules` lists what there is',
      }),
    );
  }
  return call;
}

/** Ansible's long names of modules that are known here by their short ones. */
function plainName(key: string): string {
  return key.replace(/^ansible\.(?:builtin|legacy)\./, '');
}

function meantAsModule(key: string, known: Keywords, modules: ReadonlyMap<string, AnyModule>): boolean {
  if (hintForStranger(key) !== undefined) return false;
  const near = nearest(plainName(key), [...Object.keys(known), ...modules.keys()]);
  return near === undefined || modules.has(near);
}

function twoModules(entries: readonly Entry[]): ReturnType<typeof error> {
  const [first, second] = entries;
  const names = entries.map((entry) => `\`${entry.key}\``).join(', ');
  return error('playbook/two-modules', `a task runs one module, this one has ${names}`, second?.keySpan, {
    hint: 'make a task of each',
    ...(first === undefined ? {} : { labels: [{ span: first.keySpan, message: 'the first module' }] }),
  });
}

function unknownModule({ key, keySpan }: Entry, modules: ReadonlyMap<string, AnyModule>): ReturnType<typeof error> {
  const hint = didYouMean(plainName(key), modules.keys()) ?? '`playbook modules` lists what there is';
  return error('playbook/unknown-module', `unknown module \`${key}\``, keySpan, { hint });
}
