// What copy, template and lineinfile share: a file on the host with a content, a mode and an owner, looked at
// and written as a whole. Anything that is no regular file is refused; nobody asked to write through a link.
import { Type } from '@sinclair/typebox';
import { digestProgram } from '../../core/host-file.js';
import type { WriteOptions } from '../../core/host-file.js';
import type { Change, Eyes, Hands, Refusal } from '../../core/module.js';
import { refuse } from '../../core/module.js';
import { bringsAnything } from '../../core/needs.js';
import type { Brings, Needs } from '../../core/needs.js';
import { shellWord } from '../../core/quote.js';
import { commandPlace } from '../../core/place.js';
import { sha256, utf8Text } from './file-bytes.js';
import { ownScript } from './own-script.js';
import { modeSchema, normalMode } from './posix-mode.js';

/** Arguments of everything that writes a file. */
export const placedArguments = {
  mode: Type.Optional(modeSchema),
  owner: Type.Optional(Type.String({ pattern: '^[A-Za-z_][\\w.$-]*$', description: 'User that owns the file.' })),
  group: Type.Optional(Type.String({ pattern: '^[A-Za-z_][\\w.$-]*$', description: 'Group of the file.' })),
  backup: Type.Optional(Type.Boolean({ default: false, description: 'Keep a copy of the old file beside it.' })),
  validate: Type.Optional(
    commandPlace('A command that must accept the new file before it takes its place; `%s` in it is the path.'),
  ),
  follow: Type.Optional(
    Type.Boolean({ default: false, description: 'Write what a link points to; else a link is refused.' }),
  ),
};

/** What a task says of a file beside its content. */
export interface Placing {
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly backup?: boolean;
  readonly validate?: readonly string[];
  readonly follow?: boolean;
}

/** A file as it was found. `content` is there for text that is not too long to be shown. */
export type FileState = {
  readonly path: string;
  readonly kind: 'absent' | 'file' | 'directory' | 'link' | 'other';
  readonly content: string | null;
  readonly sha256: string | null;
  readonly size: number | null;
  readonly mode: string | null;
  readonly owner: string | null;
  readonly group: string | null;
};

/** Text up to this size, in bytes, is part of the state, so that a diff can show it. */
const shownBytes = 64 * 1024;

/** Looks at the file at a path. */
export async function lookAtFile(path: string, follow: boolean, eyes: Eyes): Promise<FileState> {
  const real = await realPath(path, follow, eyes);
  const file = await eyes.file(real, shownBytes);
  const none = { path: real, content: null, sha256: null, size: null, mode: null, owner: null, group: null };
  if (file === undefined) return { ...none, kind: 'absent' };
  const { kind, owner, group, sha256: digest, content, sizeBytes } = file;
  const mode = normalMode(file.mode);
  if (digest === undefined) return { ...none, kind, mode, owner, group };
  const text = content === undefined ? null : shownText(content);
  return { path: real, kind, content: text, sha256: digest, size: sizeBytes, mode, owner, group };
}

async function realPath(path: string, follow: boolean, eyes: Eyes): Promise<string> {
  if (!follow) return path;
  const { stdout } = await eyes.look(ownScript(`readlink -f -- ${shellWord(path)}`), { contained: true });
  return stdout.replace(/\n$/, '');
}

function shownText(bytes: Uint8Array): string | null {
  return bytes.byteLength > shownBytes ? null : (utf8Text(bytes) ?? null);
}

/** The file with this content and as it is to be placed, or why not. */
export function wantFile(bytes: Uint8Array, placing: Placing, found: FileState): Partial<FileState> | Refusal {
  const refusal = strangeFile(found) ?? useless(placing);
  if (refusal !== undefined) return refusal;
  const text = shownText(bytes);
  return {
    kind: 'file',
    sha256: sha256(bytes),
    ...(text === null ? {} : { content: text }),
    ...wantPlace(placing),
  };
}

/** Mode, owner and group as the task says them. */
export function wantPlace({ mode, owner, group }: Placing): Partial<Pick<FileState, 'mode' | 'owner' | 'group'>> {
  return {
    ...(mode === undefined ? {} : { mode: normalMode(mode) }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}

/** Refuses what stands in the place of a file and is none. */
export function strangeFile({ path, kind }: Pick<FileState, 'path' | 'kind'>): Refusal | undefined {
  switch (kind) {
    case 'absent':
    case 'file':
      return undefined;
    case 'link':
      return refuse(`\`${path}\` is a link`, 'say `follow: true` to write what it points to');
    case 'directory':
      return refuse(`\`${path}\` is a directory`, 'say the path of the file, or end the path with `/`');
    case 'other':
      return refuse(`\`${path}\` is not a regular file`);
  }
}

function useless({ validate }: Placing): Refusal | undefined {
  if (validate === undefined || validate.some((word) => word.includes('%s'))) return undefined;
  return refuse('`validate` would not look at the new file', 'write `%s` where the path of the new file is to stand');
}

/** Makes the change: writes the content when it differs, else only mode and owner. */
export async function placeFile(
  path: string,
  bytes: Uint8Array,
  change: Change<FileState>,
  placing: Placing,
  hands: Hands,
): Promise<void> {
  const real = await realPath(path, placing.follow ?? false, hands);
  if (change.after.sha256 === undefined) return place(real, change.after, hands, sha256(bytes));
  await hands.write(real, bytes, { ...writeOptions(placing), expectSha256: change.before.sha256 ?? null });
}

function writeOptions({ mode, owner, group, backup, validate }: Placing): Omit<WriteOptions, 'expectSha256'> {
  return {
    ...(mode === undefined ? {} : { mode: normalMode(mode) }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(backup === undefined ? {} : { backup }),
    ...(validate === undefined ? {} : { validate }),
  };
}

/** Sets mode, owner and group of what stands at a path; the mode of a file only while its content has this digest, if one is given. */
export async function place(
  path: string,
  {
    mode,
    owner,
    group,
  }: { readonly mode?: string | null; readonly owner?: string | null; readonly group?: string | null },
  hands: Hands,
  digest?: string,
): Promise<void> {
  const word = shellWord(path);
  const steps = [
    ...(owner == null ? [] : [`chown -h -- ${shellWord(owner)} ${word}`]),
    ...(group == null ? [] : [`chgrp -h -- ${shellWord(group)} ${word}`]),
    // Last, because a change of owner takes the set-user-id bit away.
    ...(mode == null ? [] : [chmodOfOne(path, mode, digest)]),
  ];
  if (steps.length > 0) await hands.run(ownScript(steps.join(' && ')), { contained: true });
}

/**
 * Sets the mode of the very file or directory that stands at a path. `chmod` follows a link, and who owns the directory may
 * put one there between any two steps; so it is opened first, and what was opened is what is looked at and changed. With a
 * digest, nothing but a file of that content is, wherever the directories on the way may lead by then. Where there is no
 * `/proc`, or it may not be read, it goes by its name, and only when that is no link.
 */
function chmodOfOne(path: string, mode: string, digest: string | undefined): string {
  const [name, held] = [shellWord(path), '/proc/self/fd/9'];
  const others = `echo 'another file was put in its place meanwhile' >&2`;
  const ofContent = digest === undefined ? '' : ` && [ "$({ ${digestProgram}; } <&9 | cut -c1-64)" = ${digest} ]`;
  return `{ if [ -L ${name} ]; then ${others}; exit 1
elif [ -r ${name} ] && [ -e /proc/self/fd ] && { [ -f ${name} ] || [ -d ${name} ]; } && command exec 9<${name}; then
  if [ ${name} -ef ${held} ] && [ ! -L ${name} ]${ofContent}; then chmod -- ${shellWord(mode)} ${held}; else ${others}; exit 1; fi
else chmod -- ${shellWord(mode)} ${name}; fi; }`;
}

/** What a file that is written as a whole needs. */
export function needsOfPlaced(path: string, content: Uint8Array, { validate }: Placing): Needs {
  return { writes: [{ path, bytes: content.byteLength }], programs: validate?.slice(0, 1) ?? [] };
}

/** What it brings: a program as well as any other file. */
export function bringsOfPlaced(path: string | undefined): Brings {
  return path === undefined ? { ...bringsAnything, data: false } : { paths: [path] };
}
