// What `properties` wants, given what it found: pure, and full of refusals, because a wrong guess here
// points an appliance to the wrong database.
import type { Refusal } from '../../core/module.js';
import { refuse } from '../../core/module.js';
import { mapOf } from '../../core/value.js';
import { didYouMean, nearest } from '../../core/words.js';
import { hasItem, isEmptyList, withItems, withoutItems } from './list-value.js';
import type { Args, State } from './properties-args.js';
import { candidatesOf, rulesOf, textOrNull } from './properties-args.js';

/** The keys as they are to be, or why they cannot be made so without guessing. */
export function want(task: Args, found: State): Partial<State> | Refusal {
  const refusal = mistake(task) ?? wrongFile(task, found) ?? doubleKey(found) ?? missingKey(task, found);
  if (refusal !== undefined) return refusal;
  const properties: (readonly [string, string | null])[] = [];
  for (const [key, value] of Object.entries(found.properties)) {
    const next = nextValue(key, textOrNull(value), task);
    if (typeof next === 'object' && next !== null) return next;
    properties.push([key, next]);
  }
  return { properties: mapOf(properties) };
}

function mistake(task: Args): Refusal | undefined {
  const { path, paths, set = {}, remove_keys = [], remove_items, add_items } = task;
  if ((path === undefined) === (paths === undefined)) return refuse('say either `path` or `paths`');
  if (Object.keys(set).length === 0 && remove_keys.length === 0 && (remove_items ?? add_items) === undefined) {
    return refuse('nothing is to be done', 'say `set`, `add_items`, `remove_items` or `remove_keys`');
  }
  const said = [
    ...Object.keys(set),
    ...new Set(remove_keys),
    // To take an item out and put it back is to move it to the end.
    ...new Set([...(remove_items?.keys ?? []), ...(add_items?.keys ?? [])]),
  ];
  const twice = said.find((key, index) => said.indexOf(key) !== index);
  if (twice !== undefined) return refuse(`more than one thing is to be done to key \`${twice}\``);
  return inAndOut(task);
}

/** Wishes for items that no list can meet at once, or that would be met otherwise at the next run. */
function inAndOut(task: Args): Refusal | undefined {
  const { remove_items, add_items } = task;
  if (remove_items === undefined) return undefined;
  const kept = remove_items.keep_items?.find((item) => isTakenOut(item, task));
  if (kept !== undefined) return refuse(`\`${kept}\` is to be kept and taken out`);
  const both = remove_items.keys === undefined ? add_items?.items.find((item) => isTakenOut(item, task)) : undefined;
  if (both === undefined) return undefined;
  return refuse(`\`${both}\` is to be put in and taken out`, 'say the `keys` that it is to be taken out of');
}

function isTakenOut(item: string, task: Args): boolean {
  const rules = rulesOf(task);
  return task.remove_items?.items.some((out) => hasItem(item, out, rules) || hasItem(out, item, rules)) ?? false;
}

function wrongFile(task: Args, { files, nearby: others }: State): Refusal | undefined {
  const candidates = candidatesOf(task);
  const [first] = files;
  if (first === undefined) {
    if (task.create === true && task.path !== undefined) return undefined;
    const near = nearest(candidates[0] ?? '', others);
    return refuse(
      `there is no file ${candidates.map((each) => `\`${each}\``).join(' or ')}`,
      near === undefined ? undefined : `did you mean \`${near}\`?`,
    );
  }
  const strange = files.find(({ kind }) => kind !== 'file');
  if (strange !== undefined) {
    const hint = strange.kind === 'link' ? 'say `follow: true` to edit what it points to' : undefined;
    return refuse(
      `\`${strange.path}\` is ${strange.kind === 'other' ? 'not a regular file' : `a ${strange.kind}`}`,
      hint,
    );
  }
  const different = files.find((each) => each.sha256 !== first.sha256);
  if (different === undefined) return undefined;
  return refuse(
    `\`${first.path}\` and \`${different.path}\` both exist, with different content`,
    'find out which one is read, and say it as `path`',
  );
}

function doubleKey({ duplicates }: State): Refusal | undefined {
  const [first] = Object.entries(duplicates);
  if (first === undefined) return undefined;
  return refuse(
    `key \`${first[0]}\` is said more than once, on lines ${first[1].join(', ')}`,
    'keep one of the lines; Java reads the last',
  );
}

function missingKey({ remove_items, add_items }: Args, { properties, keys }: State): Refusal | undefined {
  const named = [...(remove_items?.keys ?? []), ...(add_items?.keys ?? [])];
  const missing = named.find((key) => (properties[key] ?? null) === null);
  return missing === undefined ? undefined : refuse(`the file has no key \`${missing}\``, didYouMean(missing, keys));
}

function nextValue(key: string, value: string | null, task: Args): string | null | Refusal {
  const { set = {}, remove_keys = [], add_items } = task;
  if (Object.hasOwn(set, key)) return String(set[key]);
  if (remove_keys.includes(key)) return null;
  if (value === null) return value;
  const rules = rulesOf(task);
  const left = takenOut(key, value, task);
  if (typeof left !== 'string') return left;
  const next = add_items?.keys.includes(key) === true ? withItems(left, add_items.items, rules) : left;
  return isEmptyList(next, rules) && !isEmptyList(value, rules)
    ? refuse(`nothing would be left of \`${key}\`: \`${value}\``)
    : next;
}

/** The value without the items to remove; as it is when the task takes nothing out of this key. */
function takenOut(key: string, value: string, task: Args): string | Refusal {
  const { remove_items } = task;
  const rules = rulesOf(task);
  if (remove_items === undefined) return value;
  const named = remove_items.keys?.includes(key) ?? remove_items.items.some((item) => hasItem(value, item, rules));
  if (!named) return value;
  const absent = remove_items.keep_items?.find((item) => !hasItem(value, item, rules));
  if (absent === undefined) return withoutItems(value, [...remove_items.items, ...movedItems(key, task)], rules);
  return refuse(
    `\`${absent}\` is to be kept in \`${key}\` and is not in it: \`${value}\``,
    'is this the right file of the right host?',
  );
}

/** What is to stand at the end of this list, in the order in which it is said, because some of it is taken out and put back. */
function movedItems(key: string, task: Args): readonly string[] {
  const { items = [], keys = [] } = task.add_items ?? {};
  return keys.includes(key) && items.some((item) => isTakenOut(item, task)) ? items : [];
}
