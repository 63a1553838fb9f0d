// How a command crosses to a host, whatever the login shell there is: the command line that the login shell reads is
// always the same harmless text. It starts /bin/sh, which says a random marker and then reads one line from its input:
// our script, encoded. So nothing has happened before that line was sent, a line that was cut off is never run, and no
// value, environment or script shows in the host's process list.
import type { Command, ExecRequest } from '../core/connection.js';
import type { Fence } from '../core/hold.js';
import { shellWord, shellWords } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { fenceLine } from './hold-record.js';

/**
 * The starter, free of `'`, `\`, `!` and line ends, which csh and fish read in their own ways inside single quotes.
 * `$1` is the marker, `$2` this text. It becomes the leader of a process group where it can, so that the group can be ended.
 */
const starterText = [
  'read -r pb_x pb_x pb_x pb_x pb_g pb_x 2>/dev/null </proc/$$/stat || pb_g=$(ps -o pgid= -p $$ 2>/dev/null)',
  'if [ "$2" ] && [ "${pb_g:-$$}" -ne $$ ] && command -v setsid >/dev/null 2>&1; then exec setsid /bin/sh -c "$2" sh "$1" ""; fi',
  'echo "$1" $$ ${pb_g:-$$}',
  'echo "$1" $$ ${pb_g:-$$} >&2',
  'pb_m=$1',
  'IFS= read -r pb_p || exit 125',
  'set --',
  'eval "$(printf %b "$pb_p")"',
].join('; ');

/** The words that start a shell which waits for the script of a command. */
export function starterWords(marker: string, command: Command): readonly string[] {
  const { path: shell, name } = shellOf(command);
  return [
    shell,
    '-c',
    'eval "$2"',
    name,
    marker,
    starterText.replace('/bin/sh', shell).replace('sh "$1"', `${name} "$1"`),
  ];
}

/** The shell that reads the script of a command, and the name that it has there. */
export function shellOf(command: Command): { readonly path: string; readonly name: string } {
  const path = bourneShellOf(command) ?? '/bin/sh';
  return { path, name: path.slice(path.lastIndexOf('/') + 1) };
}

/** The shell of a script that can play the starter itself; other shells get their script as an argument. */
function bourneShellOf(command: Command): string | undefined {
  if (command.kind === 'argv') return undefined;
  const { shell = '/bin/sh' } = command;
  return /^[\w./+-]*\b(?:sh|bash|dash|ash|ksh|mksh|zsh)$/.test(shell) ? shell : undefined;
}

/** Words as a command line that bash, dash, csh and fish read alike. */
export function anyShellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

/** True when a word can stand in a command line that any login shell reads alike. */
export function isSafeInAnyShell(word: string): boolean {
  return !/['\\!\n\r\0]/.test(word);
}

/** A script as the one line that the starter reads and `printf %b` turns back. */
export function encodeScript(script: string): string {
  return encodeBytes(Buffer.from(script, 'utf8'));
}

/** Any bytes as one line that `printf %b` turns back. */
export function encodeBytes(bytes: Uint8Array): string {
  return `${Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, octal)}\n`;
}

function octal(character: string): string {
  return `\\0${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** What the starter prints on both outputs when it is ready. */
export const startPattern = String.raw` (\d+) +(\d+)\r?\n`;

/** The word after the marker that says the directory was not there. */
export const chdirFailed = 'chdir';

/** The word after the marker that says that another run, or none, holds the host. */
export const fencedOff = 'fenced';

/** Goes on only while the run holds the host; else says who does. */
export function fenceCheck(stateDirectory: string, fence: Fence): string {
  const lock = shellWord(`${stateDirectory}.lock`);
  const told = `{ read -r pb_g; read -r pb_x; read -r pb_p; } <${lock}; echo "$pb_m ${fencedOff} $pb_g $pb_x $pb_p" >&2`;
  // A pipe in its place would keep us waiting for ever.
  const held = `[ -f ${lock} ] && [ ! -L ${lock} ] && IFS= read -r pb_x <${lock}`;
  return `pb_x=; { ${held}; } 2>/dev/null; [ "$pb_x" = ${shellWord(fenceLine(fence))} ] || { pb_g= pb_x= pb_p=; [ ! -f ${lock} ] || ${told.replace('; echo', ' 2>/dev/null; echo')}; [ -f ${lock} ] || echo "$pb_m ${fencedOff}" >&2; exit 125; }`;
}

/** The script of a request that needs no claim; rejects what no POSIX shell can carry. */
export function scriptOf(host: string, stateDirectory: string, request: ExecRequest): string {
  const { fence, chdir } = request;
  const before = [
    ...(fence === undefined ? [] : [fenceCheck(stateDirectory, fence)]),
    ...(chdir === undefined ? [] : [changeDirectory(chdir)]),
    ...(request.stdin === undefined ? ['exec </dev/null'] : []),
  ];
  // One line, so that the line numbers in the messages of a script's shell are those of the script.
  return [...before, commandScript(host, request)].join('; ');
}

/** The script of the command itself, in its directory and with its input already. */
export function commandScript(host: string, request: ExecRequest): string {
  const { command, environment = {} } = request;
  const exports = Object.entries(environment).map(([name, value]) => {
    if (/^[A-Za-z_]\w*$/.test(name)) return `export ${name}=${shellWord(value)}`;
    throw new WorldError('failed', `\`${name}\` is not a name that an environment variable can have`, {
      hint: 'use letters, digits and `_`, not starting with a digit',
    });
  });
  const parts = ['unset pb_x pb_g pb_p pb_m', ...exports];
  const script = `${parts.join('; ')}; ${commandText(command)}`;
  if (!script.includes('\0')) return script;
  throw new WorldError('failed', `a command for \`${host}\` holds a NUL byte, which no command line can carry`, {
    hint: 'send bytes on standard input instead',
  });
}

/** Enters a directory, or says that it cannot and goes no further. */
export function changeDirectory(directory: string): string {
  const path = directory.startsWith('-') ? `./${directory}` : directory;
  return `CDPATH= cd ${shellWord(path)} || { echo "$pb_m ${chdirFailed}" >&2; exit 125; }`;
}

function commandText(command: ExecRequest['command']): string {
  if (command.kind === 'argv') {
    if (command.argv.length > 0) return `exec ${shellWords(command.argv)}`;
    throw new WorldError('failed', 'the command has no words', { hint: 'name the program to run' });
  }
  if (bourneShellOf(command) !== undefined) return command.script;
  return `exec ${shellWords([command.shell ?? '/bin/sh', '-c', command.script])}`;
}
