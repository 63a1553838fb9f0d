// An editor needs a file. It gets one that no other user can reach, in memory where there is such a place, and that is
// overwritten and gone afterwards, however the editing ends.
import { spawn } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Io } from './io.js';
import { reasonOf } from './replace-file.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Lets the operator edit a text, and gives what it became. */
export async function editInPrivate(io: Io, name: string, plain: Uint8Array): Promise<Result<Buffer>> {
  const directory = privateDirectory(io);
  if (directory === undefined) return fail(notEdited('no private directory can be made for it'));
  const forget = (): void => shred(directory);
  // A crash elsewhere in the process must not leave it behind either.
  process.on('exit', forget);
  try {
    const file = join(directory, `vault${extname(name)}`);
    writeFileSync(file, plain, { mode: 0o600, flag: 'wx' });
    const trouble = await runEditor(io, file);
    return trouble === undefined ? ok(readFileSync(file)) : fail(notEdited(trouble));
  } catch (thrown) {
    return fail(notEdited(reasonOf(thrown)));
  } finally {
    forget();
    process.off('exit', forget);
  }
}

function privateDirectory({ environment }: Io): string | undefined {
  for (const place of ['/dev/shm', environment['XDG_RUNTIME_DIR'], tmpdir()]) {
    if (place === undefined || place === '') continue;
    try {
      // Only its owner can enter what mkdtemp makes.
      return mkdtempSync(join(place, 'playbook-vault-'));
    } catch {
      // The next place may be there.
    }
  }
  return undefined;
}

/** What went wrong with the editor, if anything. Signals end the editor, not us: there is a file to be removed. */
function runEditor({ environment, directory }: Io, file: string): Promise<string | undefined> {
  const words = [environment['VISUAL'], environment['EDITOR']].find((each) => (each ?? '').trim() !== '') ?? 'vi';
  const [editor = 'vi', ...args] = words.split(/\s+/).filter(Boolean);
  const child = spawn(editor, [...args, file], { cwd: directory, env: environment, stdio: 'inherit' });
  let ended: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    ended = signal;
    // Ctrl-C at the terminal reaches the editor by itself, where it may be a command.
    if (signal !== 'SIGINT') child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  return new Promise<string | undefined>((done) => {
    child.on('error', (cause) => done(`\`${editor}\` cannot be run: ${reasonOf(cause)}`));
    child.on('close', (code, signal) => {
      if (signal !== null || (ended !== undefined && ended !== 'SIGINT')) done(`it was ended by ${signal ?? ended}`);
      else done(code === 0 ? undefined : `\`${editor}\` ended with exit code ${code}`);
    });
  }).finally(() => {
    for (const signal of signals) process.off(signal, pass);
  });
}

/** Overwrites every file in the directory, copies that an editor made among them, and removes it. */
function shred(directory: string): void {
  for (const entry of namesBelow(directory)) overwrite(join(directory, entry));
  rmSync(directory, { recursive: true, force: true });
}

function namesBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch {
    // It is gone already.
    return [];
  }
}

function overwrite(path: string): void {
  try {
    const { size } = statSync(path);
    const handle = openSync(path, 'r+');
    writeSync(handle, Buffer.alloc(size));
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // A directory, or a file that its editor has just removed.
  }
}

function notEdited(why: string) {
  const hint = 'the encrypted file is as it was; name an editor in VISUAL or EDITOR';
  return error('vault/not-edited', `the text was not edited: ${why}`, undefined, { hint });
}
