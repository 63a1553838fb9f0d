// A file of the host, kept on the machine of the operator. What the host says is content and never a name: where it is
// kept follows from the words of the playbook and the inventory alone.
import { Type } from '@sinclair/typebox';
import { readLimitBytes } from '../core/host-file.js';
import type { Bound, Change, Eyes, Hands } from '../core/module.js';
import { Refusal, defineModule, refuse } from '../core/module.js';
import { namesIn, objectionToName, objectionToPlace, pathText } from '../core/own-file.js';
import type { Kept, OwnPath } from '../core/own-file.js';
import { ownPlace } from '../core/place.js';
import { WorldError } from '../core/world-error.js';
import { sha256 } from './shared/file-bytes.js';
import { normalMode } from './shared/posix-mode.js';
import { orNull, wordOf } from './shared/state-schemas.js';

const args = Type.Object(
  {
    src: Type.String({ pattern: '^/', description: 'Absolute path of the file on the host.' }),
    dest: ownPlace(
      'Directory on this machine, below that of the playbook or an absolute path that is written out. With `flat`, the path of the file; with a `/` at its end, the file keeps its name in that directory.',
    ),
    flat: Type.Optional(
      Type.Boolean({ default: false, description: 'Leave out the name of the host and the path on it.' }),
    ),
    fail_on_missing: Type.Optional(
      Type.Boolean({ default: true, description: 'Fail when the host has no such file; else nothing is kept.' }),
    ),
  },
  { additionalProperties: false },
);

const kinds = ['file', 'directory', 'link', 'other', 'absent'] as const;

const state = Type.Object({
  src: Type.String(),
  dest: orNull(Type.String()),
  remote_kind: orNull(wordOf(kinds)),
  remote_sha256: orNull(Type.String()),
  size: orNull(Type.Integer()),
  kind: orNull(wordOf(kinds)),
  sha256: orNull(Type.String()),
  mode: orNull(Type.String()),
});

type Args = Bound<typeof args>;
type Kind = (typeof kinds)[number];
type State = {
  readonly src: string;
  readonly dest: string | null;
  readonly remote_kind: Kind | null;
  readonly remote_sha256: string | null;
  readonly size: number | null;
  readonly kind: Kind | null;
  readonly sha256: string | null;
  readonly mode: string | null;
};

/** Where the file is kept, or why it cannot be kept anywhere. */
function placeOf({ src, dest, flat = false }: Args): OwnPath | Refusal {
  const { root, names, isDirectory, host } = dest;
  const path = namesIn(src);
  const last = path.at(-1);
  if (last === undefined || src.endsWith('/')) return refuse(`\`${src}\` is a directory`, 'fetch its files one by one');
  if (flat && !isDirectory && names.length === 0)
    return refuse('`dest` names no file', 'end it with `/` for a directory');
  const unnamed = flat ? undefined : objectionToName(host);
  if (unnamed !== undefined) return refuse(`the name of the host ${unnamed}`, 'say `flat: true` and a `dest`');
  const below = flat ? (isDirectory ? [last] : []) : [host, ...path];
  const place = { root, names: [...names, ...below] };
  // In a name that leads out something else than the file is meant, also where only the last name is used.
  const wrong = objectionToPlace({ root, names: path }) ?? objectionToPlace(place);
  return wrong === undefined ? place : refuse(`\`${src}\` cannot be kept on this machine: ${wrong}`);
}

async function inspect(task: Args, eyes: Eyes): Promise<State> {
  const { src } = task;
  const place = placeOf(task);
  const none = {
    src,
    dest: null,
    remote_kind: null,
    remote_sha256: null,
    size: null,
    kind: null,
    sha256: null,
    mode: null,
  };
  if (place instanceof Refusal) return none;
  const file = await eyes.file(src, 0);
  const found: State = { ...none, dest: pathText(place), remote_kind: file?.kind ?? 'absent' };
  if (file?.kind !== 'file') return found;
  const own = await eyes.own(place, src);
  return {
    ...found,
    remote_sha256: file.sha256 ?? null,
    size: file.sizeBytes,
    kind: own?.kind ?? 'absent',
    sha256: own?.sha256 ?? null,
    mode: own === undefined ? null : normalMode(own.mode),
  };
}

function want(task: Args, found: State): Partial<State> | Refusal {
  const { src, fail_on_missing: mustBe = true } = task;
  const place = placeOf(task);
  if (place instanceof Refusal) return place;
  switch (found.remote_kind) {
    case 'file':
      return wantOwn(found, pathText(place));
    case 'absent':
    case null:
      return mustBe ? refuse(`there is no file \`${src}\``, '`fail_on_missing: false` lets that pass') : {};
    case 'link':
      return refuse(`\`${src}\` is a link`, 'say the path of the file that it leads to');
    case 'directory':
      return refuse(`\`${src}\` is a directory`, 'fetch its files one by one');
    case 'other':
      return refuse(`\`${src}\` is not a regular file`);
  }
}

function wantOwn(found: State, dest: string): Partial<State> | Refusal {
  if ((found.size ?? 0) > readLimitBytes) return tooLarge(found.src);
  switch (found.kind) {
    case 'link':
      return refuse(`\`${dest}\` on this machine is a link`, 'nothing is kept through a link: remove it');
    case 'directory':
      return refuse(
        `\`${dest}\` on this machine is a directory`,
        'with `flat`, end `dest` with `/` to keep files in it',
      );
    case 'other':
      return refuse(`\`${dest}\` on this machine is not a regular file`);
    default:
      return { kind: 'file', sha256: found.remote_sha256, mode: normalMode('0600') };
  }
}

function tooLarge(src: string): Refusal {
  const hint = 'larger files are copied by programs that are made for it, such as `rsync`';
  return refuse(`\`${src}\` is larger than ${readLimitBytes / 1024 / 1024} MiB`, hint);
}

async function apply({ before, after }: Change<State>, hands: Hands, task: Args): Promise<void> {
  const place = placeOf(task);
  if (place instanceof Refusal) throw new WorldError('failed', place.message);
  const content = await hands.read(task.src);
  const digest = content === undefined ? undefined : sha256(content);
  // It is what was looked at, or nothing: also where a link was put in its place meanwhile. Without a new digest it is the
  // mode that differs, and the content is to be what is kept already.
  if (content === undefined || digest === undefined || (after.sha256 ?? digest) !== digest) {
    throw new WorldError('failed', `\`${task.src}\` was changed while it was fetched, so nothing was kept`, {
      hint: 'try again, or let the host make a copy that stays as it is',
    });
  }
  await hands.keep(place, content, after.sha256 === undefined ? digest : (before.sha256 ?? null));
}

function keptOf(task: Args): Kept | undefined {
  const place = placeOf(task);
  return place instanceof Refusal ? undefined : { src: task.src, at: place };
}

function placeWords(task: Args): string {
  const place = placeOf(task);
  return place instanceof Refusal ? 'nowhere' : pathText(place);
}

/** The module `fetch`. */
export const fetch = defineModule<Args, State>({
  name: 'fetch',
  summary: 'Keep a file of the host on this machine',
  description:
    'Keeps it at DEST/HOST/PATH, for its owner alone, and follows no link here; on the host `src` itself may be none. `src` and `dest` may use variables of the playbook, the inventory and `-e`; nothing that a host said names a file here. What a run keeps of one host is not overwritten by a file of another.',
  args,
  state,
  examples: [
    '- name: Keep the settings as they were\n  fetch: { src: /usr/local/desktone/release/active/conf/fdb.properties, dest: fetched }',
    '- name: Keep the list of dumps of this host\n  fetch:\n    src: /var/backups/playbook/list.txt\n    dest: "fetched/{{ inventory_hostname }}.txt"\n    flat: true\n    fail_on_missing: false',
  ],
  inspect,
  want,
  apply,
  keeps: keptOf,
  resource: (task) => [placeWords(task)],
  describe: (task) => `would keep \`${task.src}\` at \`${placeWords(task)}\``,
  needs: ({ src, fail_on_missing: mustBe = true }) => (mustBe ? { files: [[src]] } : {}),
  // This machine may be a host as well.
  brings: (task) =>
    task === undefined ? { files: true, everywhere: true } : { paths: [placeWords(task)], everywhere: true },
});
