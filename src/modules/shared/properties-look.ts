// How `properties` looks: several candidate paths may lead to one file, to none, or to files that differ.
import type { Eyes } from '../../core/module.js';
import { shellWords } from '../../core/quote.js';
import type { ValueMap } from '../../core/value.js';
import { mapOf } from '../../core/value.js';
import { decode, sha256 } from './file-bytes.js';
import { pairsOf, parseProperties } from './java-properties.js';
import { hasItem, mentions, withoutItems } from './list-value.js';
import { ownScript } from './own-script.js';
import type { Args, Found, State } from './properties-args.js';
import { candidatesOf, rulesOf } from './properties-args.js';

const nothing: State = { files: [], properties: {}, duplicates: {}, keys: [], still_named: [], nearby: [] };

/** Looks at the file, wherever it is, and at the keys that the task is about. */
export async function inspect(task: Args, eyes: Eyes): Promise<State> {
  const files = await locate(task, eyes);
  const [first] = files;
  if (first === undefined) {
    return { ...nothing, properties: propertiesOf(task, []), nearby: await nearby(candidatesOf(task), eyes) };
  }
  const contents = await Promise.all(files.map((each) => contentOf(each, eyes)));
  const pairs = pairsOf(parseProperties(decode(contents[0] ?? new Uint8Array()).text));
  const properties = propertiesOf(task, pairs);
  return {
    files: files.map((each, index) => ({ ...each, sha256: digest(contents[index]) })),
    properties,
    duplicates: duplicatesOf(Object.keys(properties), pairs),
    keys: [...new Set(pairs.map(({ key }) => key))],
    still_named: stillNamed(task, pairs),
    nearby: [],
  };
}

/** The files that exist, each once; a link is one of them unless it is to be followed. */
export async function locate(task: Args, eyes: Eyes): Promise<readonly Found[]> {
  const named = candidatesOf(task);
  const candidates =
    task.follow === true || named.length > 1 ? await resolved(named, task.follow === true, eyes) : named;
  const stats = await Promise.all(candidates.map((path) => eyes.stat(path)));
  return stats.flatMap((each, index) =>
    each === undefined ? [] : [{ path: candidates[index] ?? each.path, kind: each.kind, sha256: null }],
  );
}

/** Two names may lead to one file. Without `links`, only the directories of a name are followed. */
async function resolved(paths: readonly string[], links: boolean, eyes: Eyes): Promise<readonly string[]> {
  const resolve = links
    ? 'readlink -f -- "$each" || printf "%s\\n" "$each"'
    : '{ cd -- "$(dirname -- "$each")" 2>/dev/null && printf "%s/%s\\n" "$(pwd -P)" "$(basename -- "$each")"; } || printf "%s\\n" "$each"';
  const { stdout } = await eyes.look(ownScript(`for each in ${shellWords(paths)}; do ( ${resolve} ); done`));
  return [
    ...new Set(
      stdout
        .trimEnd()
        .split('\n')
        .map((each) => each.replace(/^\/\//, '/')),
    ),
  ];
}

/** The bytes of a regular file. */
export async function contentOf({ path, kind }: Found, eyes: Eyes): Promise<Uint8Array | undefined> {
  return kind === 'file' ? eyes.read(path) : undefined;
}

/** The SHA-256 of what was read, if anything was. */
export function digest(content: Uint8Array | undefined): string | null {
  return content === undefined ? null : sha256(content);
}

async function nearby(paths: readonly string[], eyes: Eyes): Promise<readonly string[]> {
  const directories = [...new Set(paths.map((each) => each.replace(/[^/]*$/, '') || '.'))];
  const list = `for each in ${shellWords(directories)}; do for file in "$each"/*; do printf '%s\\n' "$file"; done; done 2>/dev/null | head -n 200`;
  const { stdout } = await eyes.look(ownScript(list));
  return stdout
    .split('\n')
    .filter((each) => each !== '' && !each.endsWith('/*'))
    .map((each) => each.replaceAll('//', '/'));
}

type Pairs = ReturnType<typeof pairsOf>;

function propertiesOf(task: Args, pairs: Pairs): ValueMap {
  const { set = {}, remove_keys = [], remove_items, add_items } = task;
  const items = remove_items?.items ?? [];
  const listed = pairs
    .filter(({ value }) => items.some((item) => hasItem(value, item, rulesOf(task))))
    .map(({ key }) => key);
  const keys = new Set([
    ...Object.keys(set),
    ...remove_keys,
    ...(remove_items?.keys ?? listed),
    ...(add_items?.keys ?? []),
  ]);
  const values = new Map(pairs.map(({ key, value }) => [key, value]));
  return mapOf([...keys].map((key) => [key, values.get(key) ?? null]));
}

function duplicatesOf(keys: readonly string[], pairs: Pairs): Readonly<Record<string, readonly number[]>> {
  const lines = keys.map((key) => [key, pairs.filter((each) => each.key === key).map(({ line }) => line)] as const);
  return mapOf(lines.filter(([, each]) => each.length > 1)) as Readonly<Record<string, readonly number[]>>;
}

function stillNamed(task: Args, pairs: Pairs): readonly string[] {
  const items = task.remove_items?.items ?? [];
  const left = pairs.map(({ key, value }) => ({ key, value: withoutItems(value, items, rulesOf(task)) }));
  return [...new Set(left.filter(({ value }) => items.some((item) => mentions(value, item))).map(({ key }) => key))];
}
