// Java .properties files: values set, keys taken out, and items taken out of values that are lists. The file is
// edited, not rewritten, and nothing is guessed: a wrong path, a double key or a list left empty is refused.
import { Type } from '@sinclair/typebox';
import type { Change, Hands } from '../core/module.js';
import { defineModule } from '../core/module.js';
import type { ValueMap } from '../core/value.js';
import { isMap, mapOf, sameValue } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { decode, encode } from './shared/file-bytes.js';
import { editProperties, pairsOf, parseProperties, printProperties } from './shared/java-properties.js';
import type { Args, State } from './shared/properties-args.js';
import { args, candidatesOf, textOrNull } from './shared/properties-args.js';
import { contentOf, digest, inspect, locate } from './shared/properties-look.js';
import { want } from './shared/properties-want.js';
import { only, orNull } from './shared/state-schemas.js';

const registerState = Type.Object({
  files: Type.Array(only({ path: Type.String(), kind: Type.String(), sha256: orNull(Type.String()) })),
  properties: Type.Record(Type.String(), orNull(Type.String())),
  duplicates: Type.Record(Type.String(), Type.Array(Type.Integer())),
  keys: Type.Array(Type.String()),
  still_named: Type.Array(Type.String()),
  nearby: Type.Array(Type.String()),
});

async function apply(change: Change<State>, hands: Hands, task: Args): Promise<void> {
  const changes = changesOf(change);
  const files = await locate(task, hands);
  const targets = files.length === 0 ? [{ path: task.path ?? '', kind: 'file', sha256: null }] : files;
  for (const file of targets) {
    const old = await contentOf(file, hands);
    const { text, encoding } = decode(old ?? new Uint8Array());
    await hands.write(file.path, encode(edited(text, changes, file.path), encoding), {
      expectSha256: digest(old),
      backup: (task.backup ?? true) && old !== undefined,
    });
  }
}

interface KeyChange {
  readonly before: string | null;
  readonly after: string | null;
}

function changesOf({ before, after }: Change<State>): ReadonlyMap<string, KeyChange> {
  const was: ValueMap = isMap(before.properties) ? before.properties : {};
  const entries = Object.entries(after.properties ?? {}).map(
    ([key, value]) => [key, { before: textOrNull(was[key]), after: textOrNull(value) }] as const,
  );
  return new Map(entries.filter(([, each]) => each.before !== each.after));
}

/** The new text; rejects when the keys are no longer as they were looked at. */
function edited(text: string, changes: ReadonlyMap<string, KeyChange>, path: string): string {
  const file = parseProperties(text);
  const values = new Map(pairsOf(file).map(({ key, value }) => [key, value]));
  for (const [key, { before }] of changes) {
    if ((values.get(key) ?? null) === before) continue;
    throw new WorldError('failed', `\`${key}\` in \`${path}\` was changed by someone else since it was looked at`);
  }
  const after = printProperties(editProperties(file, new Map([...changes].map(([key, each]) => [key, each.after]))));
  assertOnly(changes, values, after, path);
  return after;
}

/** Reads back what would be written: a file that says anything else than was wanted is never written. */
function assertOnly(
  changes: ReadonlyMap<string, KeyChange>,
  before: ReadonlyMap<string, string>,
  text: string,
  path: string,
): void {
  const wanted = new Map(before);
  for (const [key, { after }] of changes) {
    if (after === null) wanted.delete(key);
    else wanted.set(key, after);
  }
  const got = new Map(pairsOf(parseProperties(text)).map(({ key, value }) => [key, value]));
  if (sameValue(mapOf(got), mapOf(wanted))) return;
  throw new WorldError('failed', `\`${path}\` cannot be edited without changing something else; it is left as it was`);
}

/** Of several candidates only the look knows which one exists; their common name is enough here. */
function describe(task: Args): string {
  const paths = candidatesOf(task);
  const names = new Set(paths.length > 1 ? paths.map((path) => path.replace(/^.*\//, '')) : paths);
  return `would edit \`${[...names].join('` or `')}\``;
}

/** The module `properties`. */
export const properties = defineModule<Args, State>({
  name: 'properties',
  summary: 'Edit Java .properties files',
  description:
    'Sets values, takes out keys, and puts items into values that are lists or takes them out (whole elements only: 10.0.0.1 is not 10.0.0.11). Comments, order, line ends, encoding, mode and owner stay. Refuses when the file is missing, when candidates differ, when a key is said twice, and when a list would be left empty. Registers `still_named`: keys whose value names an item but is no list.',
  args,
  state: registerState,
  examples: [
    '- name: Take the failed appliance out of fdb.properties\n  properties:\n    paths: [/usr/local/desktone/active/conf/fdb.properties, /usr/local/desktone/active/fdb.properties]\n    remove_items:\n      items: [10.0.0.1]\n      keep_items: [10.0.0.2]',
    '- name: Point to the new database\n  properties:\n    path: /usr/local/desktone/active/conf/application.properties\n    set:\n      db.jdbc.url: jdbc:postgresql://10.0.0.2:5432/avdb',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  describe,
  needs: (task) => ({
    files: task.create === true ? [] : [candidatesOf(task)],
    writes: candidatesOf(task).length === 1 ? candidatesOf(task).map((path) => ({ path })) : [],
  }),
  brings: (task) => (task === undefined ? { files: true } : { paths: candidatesOf(task) }),
});
