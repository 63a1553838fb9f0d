// Words in, exit code out. What goes wrong in a way that nobody thought of ends here too, in a short text
// without secrets, and with the exit code that says so.
// oxlint-disable-next-line import/no-unassigned-import -- what it does is done by being first
import './harden.js';
import { existsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCode } from '../core/exit.js';
import { programRoot } from '../core/program-root.js';
import { Redactor } from '../core/redact.js';
import { complain } from './io.js';
import type { Io } from './io.js';
import { runProgram } from './program.js';
import { safeLines } from '../report/text.js';

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  directory: currentDirectory(),
  redactor: new Redactor(),
};

/** A shell can stand in a directory that somebody has removed; nothing can be found from there. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    writeSync(2, 'error: the current directory does not exist any more\n  hint: change to one that does\n');
    process.exit(exitCode.usage);
  }
}

/** Who lists the processes of this machine sees the words of this one, but no value of `-e`. */
function hideValuesInProcessList(words: readonly string[]): void {
  const shown = words.map((word, at) => {
    const isValue = ['-e', '--extra-vars'].includes(words[at - 1] ?? '');
    if (isValue) return word.startsWith('@') ? word : '********';
    return word.replace(/^(--extra-vars=|-e)(?!@).+$/s, '$1********');
  });
  if (shown.some((word, at) => word !== words[at])) process.title = ['playbook', ...shown].join(' ');
}

/** A crash is told past anything that may have taken the streams over. */
function crash(thrown: unknown): never {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const text = io.environment['PLAYBOOK_DEBUG'] === undefined ? error.message : (error.stack ?? error.message);
  const hint = 'this is a bug in playbook; set PLAYBOOK_DEBUG=1 to see where';
  try {
    writeSync(2, `${safeLines(io.redactor.text(`error: ${text}\n  hint: ${hint}`)).join('\n')}\n`);
  } catch {
    // Nobody listens any more.
  }
  process.exit(exitCode.bug);
}

/** A reader that leaves (`| head`, a closed terminal) or a full disk ends no run: its journal tells what it does. */
function forgiveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EPIPE' && cause.code !== 'EIO') sayOutputIsLost(cause);
    });
  }
}

function sayOutputIsLost({ message }: Error): void {
  try {
    writeSync(
      2,
      `error: the output cannot be written: ${message}\n  hint: what runs goes on; \`playbook runs\` lists it\n`,
    );
  } catch {
    // Nobody listens any more.
  }
}

/** True when a file of the program itself could not be opened, because too many others are. */
function cannotLoad(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  if (thrown.code === 'ERR_MODULE_NOT_FOUND') {
    // Where no file can be opened any more, Node says of a package that is there that it cannot be found.
    const [, file] = /'(\/[^']+)'/.exec(thrown.message) ?? [];
    return file !== undefined && existsSync(dirname(file));
  }
  if (thrown.code !== 'EMFILE') return false;
  const own = fileURLToPath(new URL('dist/', programRoot));
  if (!('path' in thrown) || typeof thrown.path !== 'string') return false;
  return thrown.path.startsWith(own) || thrown.path.includes('/node_modules/');
}

/** Waits until everything that was written has left the process. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

/** A live row hides the cursor; however the process ends, it comes back. */
function showCursor(): void {
  try {
    if (process.stdout.isTTY) writeSync(1, '\x1b[?25h');
  } catch {
    // The terminal is gone.
  }
}

// Where a bug is, in the words of src and not of dist.
if (process.env['PLAYBOOK_DEBUG'] !== undefined) process.setSourceMapsEnabled(true);
hideValuesInProcessList(process.argv.slice(2));
process.on('exit', showCursor);
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
forgiveClosedPipes();
const code = await runProgram(process.argv.slice(2), io).catch((thrown: unknown): number => {
  // A part of the program that is loaded later fails as one that is loaded first: `bin/playbook` tells of both.
  if (cannotLoad(thrown)) throw Object.assign(new Error('too few files'), { code: 'EMFILE' });
  if (!(thrown instanceof Error) || thrown.name !== 'JournalError') return crash(thrown);
  const hint = 'hint' in thrown && typeof thrown.hint === 'string' ? thrown.hint : undefined;
  complain(io, thrown.message, hint);
  return exitCode.bug;
});
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
