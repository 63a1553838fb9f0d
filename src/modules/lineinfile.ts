// One line of a text file: there, or not there. The rest of the file, its line ends and encoding, stay.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { WorldError } from '../core/world-error.js';
import type { Encoding } from './shared/file-bytes.js';
import { decode, encode, sha256 } from './shared/file-bytes.js';
import { editLine } from './shared/line-edit.js';
import type { FileState } from './shared/placed-file.js';
import { lookAtFile, placeFile, placedArguments, strangeFile, wantPlace } from './shared/placed-file.js';
import { placedState, wordOf } from './shared/state-schemas.js';

const pattern = { minLength: 1, maxLength: 500 } as const;

const args = Type.Object(
  {
    path: Type.String({ minLength: 1, description: 'The file.' }),
    line: Type.Optional(Type.String({ pattern: '^[^\\r\\n]*$', description: 'The line, without its end.' })),
    regexp: Type.Optional(
      Type.String({
        ...pattern,
        description:
          'Which line: with `present` the last that matches is replaced by `line`; with `absent` all that match go. JavaScript syntax.',
      }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'Whether the line is to be there.',
      }),
    ),
    insertafter: Type.Optional(
      Type.String({
        ...pattern,
        default: 'EOF',
        description: 'A new line goes after the last line that matches, or to the end of the file (`EOF`).',
      }),
    ),
    insertbefore: Type.Optional(
      Type.String({
        ...pattern,
        description: 'A new line goes before the last line that matches, or to the start of the file (`BOF`).',
      }),
    ),
    create: Type.Optional(Type.Boolean({ default: false, description: 'Make the file when it does not exist.' })),
    ...placedArguments,
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;
/** `content` is the whole text here, because the new text is computed from it. */
type State = FileState & { readonly encoding: Encoding };

/** Larger files are no place to edit by lines. */
const longestBytes = 1024 * 1024;

async function inspect({ path, follow = false }: Args, eyes: Eyes): Promise<State> {
  const found = await lookAtFile(path, follow, eyes);
  if (found.kind !== 'file' || found.content !== null) return { ...found, encoding: 'utf8' };
  const bytes = await eyes.read(found.path);
  if (bytes === undefined || bytes.byteLength > longestBytes) {
    throw new WorldError('failed', `\`${path}\` is too large to be edited by lines`, { hint: 'the limit is 1 MiB' });
  }
  const { text, encoding } = decode(bytes);
  return { ...found, content: text, sha256: sha256(bytes), encoding };
}

function want(task: Args, found: State): Partial<State> | Refusal {
  const refusal = mistake(task) ?? strangeFile(found);
  if (refusal !== undefined) return refusal;
  if (found.encoding === 'latin1' && /[^\u0000-\u00ff]/.test(task.line ?? '')) {
    return refuse(`\`${task.path}\` is not UTF-8 and cannot hold all letters of the line`);
  }
  const { path, line, regexp, state = 'present', insertafter, insertbefore, create = false } = task;
  if (found.kind === 'absent') {
    if (state === 'absent') return {};
    if (!create) return refuse(`there is no file \`${path}\``, 'say `create: true` to make it');
  }
  const edit = editLine(found.content ?? '', {
    state,
    line,
    regexp,
    insertAfter: insertafter,
    insertBefore: insertbefore,
  });
  if (edit.kind === 'problem') return refuse(edit.message, edit.hint);
  return {
    kind: 'file',
    content: edit.text,
    sha256: sha256(encode(edit.text, found.encoding)),
    ...wantPlace(task),
  };
}

function mistake({
  line,
  regexp,
  state = 'present',
  insertafter,
  insertbefore,
  follow: _follow,
  ...task
}: Args): Refusal | undefined {
  if (state === 'present' && line === undefined) return refuse('say the `line` that is to be there');
  if (line === undefined && regexp === undefined) return refuse('say the `line` or the `regexp` that is to go');
  if (insertafter !== undefined && insertbefore !== undefined)
    return refuse('say either `insertafter` or `insertbefore`');
  if (task.validate !== undefined && !task.validate.some((word) => word.includes('%s'))) {
    return refuse('`validate` would not look at the new file', 'write `%s` where the path of the new file is to stand');
  }
  return undefined;
}

async function apply(change: Change<State>, hands: Hands, task: Args): Promise<void> {
  const { content, sha256: digest } = change.after;
  await placeFile(task.path, bytesOf(content ?? '', digest ?? null), change, task, hands);
}

/** The text in the encoding that the file was read in: the one that gives the checksum that was planned. */
function bytesOf(text: string, digest: string | null): Uint8Array {
  const utf8 = encode(text, 'utf8');
  return digest === null || sha256(utf8) === digest ? utf8 : encode(text, 'latin1');
}

/** The module `lineinfile`. */
export const lineinfile = defineModule<Args, State>({
  name: 'lineinfile',
  summary: 'Have a line in a text file, or not',
  description:
    'Stricter than Ansible: `regexp` must match `line` too, for otherwise each run would change the file again. For .properties files use `properties`.',
  args,
  state: Type.Object({ ...placedState.properties, encoding: wordOf(['utf8', 'latin1']) }),
  examples: [
    '- name: Let the primary listen on all addresses\n  lineinfile:\n    path: /etc/postgresql/15/main/postgresql.conf\n    regexp: "^#?listen_addresses *="\n    line: "listen_addresses = \'*\'"\n    backup: true',
    '- name: Forget the old primary\n  lineinfile: { path: /etc/hosts, regexp: "^10\\\\.0\\\\.0\\\\.1\\\\s", state: absent }',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  describe: ({ path }) => `would edit \`${path}\``,
  needs: ({ path, state, create = false, validate }) => ({
    files: create || state === 'absent' ? [] : [[path]],
    writes: [{ path }],
    programs: validate?.slice(0, 1) ?? [],
  }),
  brings: (task) => (task === undefined ? { files: true } : { paths: [task.path] }),
});
