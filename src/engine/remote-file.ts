// Files on a host, by one POSIX shell script each, so that they work over any connection and under any become.
// A write is all or nothing: a temporary file in a private directory beside it, fsync, rename, fsync of the directory.
// Whoever else may write in that directory must not lead it elsewhere: it is entered once, and used by no name after that.
import { createHash } from 'node:crypto';
import type { Command } from '../core/connection.js';
import { digestProgram, readLimitBytes } from '../core/host-file.js';
import type { RemoteFile, WriteOptions } from '../core/host-file.js';
import type { CommandResult } from '../core/module.js';
import { shellWord } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';

/** Exit codes by which the scripts tell what is the matter. */
/** Of a look at nothing. */
export const rcMissing = 66;
const rcNotAFile = 67;
const rcTooLarge = 68;
const rcStale = 69;
const rcOwner = 70;
const rcInvalid = 71;
const rcCutOff = 72;
const rcAccess = 73;
const rcPlace = 74;

/** Shell text that prints what stands at `$p` on one line. GNU and busybox know `stat -c`, BSD and macOS `stat -f`. */
export function statLine(follow: boolean): string {
  const [gnu, bsd] = [
    `stat ${follow ? '-L ' : ''}-c '%F|%a|%U|%G|%s|%Y' -- "$p"`,
    `stat ${follow ? '-L ' : ''}-f '%HT|%Lp|%Su|%Sg|%z|%m' -- "$p"`,
  ];
  return `{ ${gnu} 2>/dev/null || if stat -c %a / >/dev/null 2>&1; then ${gnu}; else ${bsd}; fi; }`;
}

const digestFunction = `digest() { ${digestProgram} <"$1" | cut -d' ' -f1; }`;

// What may not be looked at is not missing, and only the words of the system tell the two apart.
/** A shell function that ends a script about nothing at `$p`. */
export const missingFunction = `missing() { said=$(ls -dL -- "$p" 2>&1) || case $said in *'No such file or directory'*|*'Not a directory'*) ;; *) printf '%s\\n' "$said" >&2; exit 1;; esac; exit ${rcMissing}; }`;

/** A script about the path `$p`. */
export function fileScript(path: string, lines: readonly string[]): Command {
  // So that it is never taken for an option or for standard input, and its directory is what is before the last slash.
  const plain = path === '' || path.startsWith('/') ? path : `./${path}`;
  return { kind: 'shell', script: ['LC_ALL=C; export LC_ALL', `p=${shellWord(plain)}`, ...lines].join('\n') };
}

/** A look at what stands at a path. */
export function statCommand(path: string, follow: boolean): Command {
  return fileScript(path, [
    missingFunction,
    follow ? '[ -e "$p" ] || missing' : '[ -e "$p" ] || [ -L "$p" ] || missing',
    `${statLine(follow)} || exit 1`,
    ...(follow ? [] : ['[ ! -L "$p" ] || readlink -- "$p"']),
  ]);
}

/** What a stat look said; nothing when nothing is there. */
export function parseStat(path: string, result: CommandResult): RemoteFile | undefined {
  if (result.rc === rcMissing) return undefined;
  const [line = '', ...rest] = result.stdout.split('\n');
  const [type = '', mode = '', owner = '', group = '', size = '', modified = ''] = line.split('|');
  if (result.rc !== 0 || modified === '') throw lookFailed(path, result);
  return {
    path,
    kind: fileKind(type.toLowerCase()),
    mode: `0${mode}`,
    owner,
    group,
    sizeBytes: Number(size),
    modifiedAtSeconds: Number(modified),
    // The last of it is what comes after the line end that readlink writes.
    ...(rest.length < 2 ? {} : { target: rest.slice(0, -1).join('\n') }),
  };
}

function fileKind(type: string): RemoteFile['kind'] {
  if (type.startsWith('regular')) return 'file';
  if (type === 'directory') return 'directory';
  return type === 'symbolic link' ? 'link' : 'other';
}

/** A look at the content of a file. */
export function readCommand(path: string): Command {
  return fileScript(path, [
    missingFunction,
    '[ -e "$p" ] || missing',
    `[ -f "$p" ] || exit ${rcNotAFile}`,
    'size=$(wc -c <"$p") || exit 1',
    `[ "$size" -le ${readLimitBytes} ] || exit ${rcTooLarge}`,
    'exec cat -- "$p"',
  ]);
}

/** What a read look said. */
export function readContent(path: string, rc: number, content: Uint8Array, stderr: string): Uint8Array | undefined {
  if (rc === 0) return content;
  if (rc === rcMissing) return undefined;
  if (rc === rcNotAFile) throw new WorldError('failed', `\`${path}\` is not a regular file`);
  if (rc === rcTooLarge) throw new WorldError('failed', `\`${path}\` is larger than 16 MiB`);
  throw refused(`cannot read \`${path}\``, { rc, stdout: '', stderr });
}

// Who is named by an access control list, or, without its tools, whether there is one: GNU's `ls` shows it by a `+`.
const accessFunction = `access() { if command -v getfacl >/dev/null 2>&1; then getfacl -cEnp -- "$1" 2>/dev/null | grep -E '^(user|group):[^:]'; else ls -ld -- "$1" | cut -c11 | grep -F +; fi; }`;

/** Replaces a file by this content, which is to come on standard input. */
export function writeCommand(path: string, content: Uint8Array, options: WriteOptions): Command {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return fileScript(path, [
    'set -eu; umask 077',
    digestFunction,
    `mode() { if stat -c %a / >/dev/null 2>&1; then stat -c %a -- "$1"; else stat -f %Mp%Lp -- "$1"; fi; }`,
    `ids() { if stat -c %a / >/dev/null 2>&1; then stat -c %u:%g -- "$1"; else stat -f %u:%g -- "$1"; fi; }`,
    accessFunction,
    'w=$PWD; case $p in /*) ;; *) p=$w/${p#./};; esac',
    'found=absent',
    `if [ -e "$p" ] || [ -L "$p" ]; then { [ -f "$p" ] && [ ! -L "$p" ]; } || exit ${rcNotAFile}; found=$(digest "$p"); [ "$found" ]; fi`,
    `[ "$found" = ${options.expectSha256 ?? 'absent'} ] || exit ${rcStale}`,
    `d=; trap '[ -z "$d" ] || { cd /; rm -rf -- "$d"; }' EXIT; trap 'exit 1' HUP INT TERM`,
    'd=$(mktemp -d "${p%/*}/.playbook.XXXXXXXXXX"); CDPATH= cd -- "$d"; t=./${d##*/}',
    // Another directory may have been put in its place before it was entered; not after.
    `case $(mode .):$(ids .) in *700:"$(id -u)":*) ;; *) exit ${rcPlace};; esac`,
    // Copying the old file first carries over owner, ACL and attributes; its content is then replaced, and nobody else
    // sees the new one before it has its mode.
    'm=0644; if [ "$found" != absent ]; then cp -p --preserve=all -- "$p" "$t" 2>/dev/null || cp -p -- "$p" "$t"; m=$(mode "$p"); fi',
    '[ "$found" = absent ] || chmod 0600 "$t"; cat >"$t"',
    // A link that is lost in the middle looks like the end of the input.
    `[ "$(digest "$t")" = ${sha256} ] || exit ${rcCutOff}`,
    ...ownership(options),
    `chmod ${options.mode === undefined ? '"$m"' : shellWord(options.mode)} "$t"`,
    `[ "$found" = absent ] || [ "$(access "$p")" = "$(access "$t")" ] || exit ${rcAccess}`,
    ...(options.validate === undefined
      ? []
      : [`(CDPATH= cd -- "$w" && ${validation(options.validate)}) >&2 || exit ${rcInvalid}`]),
    ...(options.backup === true ? [`[ "$found" = absent ] || { ${backup}; }`] : []),
    'sync "$t" 2>/dev/null || sync',
    'mv -f -- "$t" "$p"',
    'sync "${p%/*}/" 2>/dev/null || sync',
  ]);
}

// With the random end of the temporary name, because two writes in one second are two copies.
const backup = 'b="$p.$(date +%Y%m%dT%H%M%S).${d##*.}~"; cp -p -- "$p" "$b" || { rm -f -- "$b"; exit 1; }';

function validation(words: readonly string[]): string {
  return words.map((word) => word.split('%s').map(shellWord).join('"$d/${t#./}"')).join(' ');
}

function ownership(options: WriteOptions): readonly string[] {
  const wanted = [
    ...(options.owner === undefined ? [] : [`chown ${shellWord(options.owner)} "$t"`]),
    ...(options.group === undefined ? [] : [`chgrp ${shellWord(options.group)} "$t"`]),
  ];
  if (wanted.length > 0) return wanted;
  return [`[ "$found" = absent ] || [ "$(ids "$p")" = "$(ids "$t")" ] || exit ${rcOwner}`];
}

/** Rejects when a write was refused, in words. */
export function checkWritten(path: string, result: CommandResult): void {
  if (result.rc === 0) return;
  const known: Readonly<Record<number, string>> = {
    [rcNotAFile]: `\`${path}\` is not a regular file; it is left as it was`,
    [rcStale]: `\`${path}\` was changed by someone else since it was looked at; it is left as it was`,
    [rcOwner]: `\`${path}\` belongs to another user and its owner cannot be kept; it is left as it was`,
    [rcAccess]: `\`${path}\` has an access control list that cannot be kept; it is left as it was`,
    [rcPlace]: `somebody else changes the directory of \`${path}\` meanwhile; the file is left as it was`,
    [rcCutOff]: `the new content of \`${path}\` did not arrive whole; the file is left as it was`,
    [rcInvalid]: `the new content of \`${path}\` did not pass its check; the file is left as it was`,
  };
  throw refused(known[result.rc] ?? `cannot write \`${path}\``, result);
}

/** The error of a look that could not be made. */
export function lookFailed(path: string, result: CommandResult): WorldError {
  return refused(`cannot look at \`${path}\``, result);
}

function refused(message: string, result: CommandResult): WorldError {
  const stderr = result.stderr.trim();
  return new WorldError('failed', message, {
    details: { rc: result.rc, ...(stderr === '' ? {} : { stderr }) },
    ...(/permission denied|operation not permitted/i.test(stderr)
      ? { hint: 'does the task need `become: true`?' }
      : {}),
  });
}
