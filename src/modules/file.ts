// A path that must be a directory, a file, a link, or nothing, with its mode and owner.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import type { Needs } from '../core/needs.js';
import { shellWord } from '../core/quote.js';
import { ownScript } from './shared/own-script.js';
import { place, placedArguments, wantPlace } from './shared/placed-file.js';
import { normalMode } from './shared/posix-mode.js';
import { pathState } from './shared/state-schemas.js';

const states = ['file', 'directory', 'link', 'touch', 'absent'] as const;

const args = Type.Object(
  {
    path: Type.String({ pattern: '^/', description: 'Absolute path on the host.' }),
    state: Type.Optional(
      Type.Union(
        states.map((each) => Type.Literal(each)),
        {
          default: 'file',
          description:
            '`file` must exist, `touch` makes an empty file where none is, `directory` is made with its parents, `link` points to `src`, `absent` is removed with all that is in it.',
        },
      ),
    ),
    src: Type.Optional(Type.String({ minLength: 1, description: 'Where a link points.' })),
    force: Type.Optional(Type.Boolean({ default: false, description: 'Let a link take the place of a file.' })),
    mode: placedArguments.mode,
    owner: placedArguments.owner,
    group: placedArguments.group,
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;
type State = {
  readonly path: string;
  readonly kind: 'absent' | 'file' | 'directory' | 'link' | 'other';
  readonly mode: string | null;
  readonly owner: string | null;
  readonly group: string | null;
  readonly target: string | null;
};

async function inspect({ path }: Args, eyes: Eyes): Promise<State> {
  const found = await eyes.stat(trimmed(path));
  if (found === undefined) return { path, kind: 'absent', mode: null, owner: null, group: null, target: null };
  const { kind, mode, owner, group, target = null } = found;
  return { path, kind, mode: normalMode(mode), owner, group, target };
}

/** Without `/` at its end, where it would lead through a link. */
function trimmed(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

function want(task: Args, found: State): Partial<State> | Refusal {
  const { state = 'file', src } = task;
  if ((state === 'link') !== (src !== undefined))
    return refuse(state === 'link' ? 'a link needs `src`' : '`src` is for `state: link` only');
  switch (state) {
    case 'absent':
      return wantAbsent(task, found);
    case 'link':
      return wantLink(task, found);
    case 'directory':
      if (found.kind !== 'absent' && found.kind !== 'directory') return inTheWay(found, 'a directory');
      return { kind: 'directory', ...wantPlace(task) };
    case 'file':
      if (found.kind === 'absent')
        return refuse(
          `there is no file \`${task.path}\``,
          '`state: touch` makes an empty one, `copy` one with a content',
        );
      return found.kind === 'file' ? wantPlace(task) : inTheWay(found, 'a file');
    case 'touch':
      if (found.kind !== 'absent' && found.kind !== 'file') return inTheWay(found, 'a file');
      return { kind: 'file', ...wantPlace(task) };
  }
}

function inTheWay({ path, kind }: State, wanted: string): Refusal {
  return refuse(
    `\`${path}\` is to be ${wanted} and is ${kind === 'other' ? 'something else' : `a ${kind}`}`,
    'remove it first, with `state: absent`, if that is meant',
  );
}

function wantLink(task: Args, found: State): Partial<State> | Refusal {
  if (task.mode !== undefined) return refuse('a link has no mode of its own');
  const replaceable =
    found.kind === 'absent' || found.kind === 'link' || (found.kind === 'file' && task.force === true);
  if (!replaceable) return inTheWay(found, 'a link');
  return { kind: 'link', target: task.src ?? null, ...wantPlace(task) };
}

/** A whole tree goes with one word here, so the words that would take a system with them are refused. */
function wantAbsent({ path, mode, owner, group }: Args, found: State): Partial<State> | Refusal {
  if ([mode, owner, group].some((each) => each !== undefined)) return refuse('what is absent has no mode and no owner');
  const names = path.split('/').filter((each) => each !== '');
  if (names.some((each) => each === '..' || each === '.'))
    return refuse(`\`${path}\` has \`.\` or \`..\` in it`, 'say the path itself');
  if (names.length < 2 && found.kind === 'directory')
    return refuse(`\`${path}\` is a top directory and is not removed`);
  return { kind: 'absent' };
}

async function apply({ after }: Change<State>, hands: Hands, task: Args): Promise<void> {
  const path = trimmed(task.path);
  if (after.kind !== undefined || after.target !== undefined) await make(path, task, hands);
  await place(path, after, hands);
}

async function make(path: string, { state = 'file', src = '' }: Args, hands: Hands): Promise<void> {
  const word = shellWord(path);
  const scripts: Readonly<Record<NonNullable<Args['state']>, string>> = {
    absent: `rm -rf -- ${word}`,
    directory: `mkdir -p -- ${word}`,
    link: `if [ -f ${word} ] && [ ! -L ${word} ]; then rm -f -- ${word}; fi && ln -sfn -- ${shellWord(src)} ${word}`,
    touch: `set -C; : > ${word}`,
    file: ':',
  };
  await hands.run(ownScript(scripts[state]), { contained: true });
}

function needsOf(path: string, state: NonNullable<Args['state']>): Needs {
  switch (state) {
    case 'file':
      return { files: [[path]] };
    case 'directory':
      return { makes: [path] };
    case 'link':
    case 'touch':
      return { writes: [{ path }] };
    case 'absent':
      return {};
  }
}

/** The module `file`. */
export const file = defineModule<Args, State>({
  name: 'file',
  summary: 'Make or remove directories, links and empty files, and set mode and owner',
  description:
    'Stricter than Ansible: `touch` leaves an existing file as it is, and nothing takes the place of a thing of another kind unless it is removed first.',
  args,
  state: pathState,
  shorthand: 'path',
  examples: [
    '- name: Make a place for the dumps\n  file: { path: /var/backups/playbook, state: directory, mode: "0700" }\n  become: true',
    '- name: Remove the old lock\n  file: { path: /var/run/slony/fdb.pid, state: absent }',
    '- name: Point to the active version\n  file: { path: /usr/local/desktone/active, state: link, src: release-8 }',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  needs: ({ path, state = 'file' }) => needsOf(trimmed(path), state),
  brings: (task) =>
    task === undefined ? { files: true, programs: true } : { paths: task.state === 'absent' ? [] : [task.path] },
});
