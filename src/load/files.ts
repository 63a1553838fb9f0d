// Every file of the operator's machine that a run needs is read before the run, through this one door:
// regular files only, of a sane size, in strict UTF-8, so that nothing here can hang or mislead.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Source, Span } from '../core/source.js';
import { nearest } from '../core/words.js';

const mebibyte = 1024 * 1024;

/** A YAML or template file larger than this was not written by a person. */
const maxTextBytes = mebibyte;

/** The text of a file, without its byte order mark. */
export function readSource(path: string, saidAt?: Span): Result<Source> {
  const bytes = readBytes(path, saidAt, maxTextBytes);
  if (!bytes.ok) return bytes;
  try {
    return ok({ path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.value) });
  } catch {
    return fail(
      error('file/not-utf8', `\`${path}\` is not UTF-8 text (near byte ${firstBadByte(bytes.value)})`, saidAt, {
        hint: 'save it as UTF-8, for example with `iconv -t UTF-8`',
      }),
    );
  }
}

/** The bytes of a regular file. */
export function readBytes(path: string, saidAt?: Span, maxBytes: number = 64 * mebibyte): Result<Uint8Array> {
  const what = lookAt(path);
  if (what === 'missing') return fail(missing(path, saidAt));
  if (what !== 'file') return fail(error('file/not-a-file', `\`${path}\` is ${what}, not a file`, saidAt));
  let handle: number | undefined;
  try {
    // What was looked at may have been replaced by a FIFO since; that must not hang.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(handle);
    if (!stat.isFile()) return fail(error('file/not-a-file', `\`${path}\` is not a file`, saidAt));
    if (stat.size > maxBytes) return fail(tooLarge(path, maxBytes, saidAt));
    return ok(readFileSync(handle));
  } catch (cause) {
    return fail(error('file/unreadable', `cannot read \`${path}\`: ${reason(cause)}`, saidAt));
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** A path as short as it can be said from here. */
export function asGiven(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** A file's real path, links followed, or the path itself when there is none. */
export function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** What stands at a path, in words; nothing that can be read counts as missing. */
export function lookAt(path: string): 'file' | 'missing' | 'a directory' | 'a device, pipe or socket' {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'a directory' : 'a device, pipe or socket';
  } catch {
    return 'missing';
  }
}

function missing(path: string, saidAt: Span | undefined): Diagnostic {
  const near = nearest(basename(path), namesIn(dirname(path)));
  return error('file/missing', `no file \`${path}\``, saidAt, {
    hint: near === undefined ? undefined : `did you mean \`${join(dirname(path), near)}\`?`,
  });
}

function tooLarge(path: string, maxBytes: number, saidAt: Span | undefined): Diagnostic {
  return error('file/too-large', `\`${path}\` is larger than ${maxBytes / mebibyte} MiB`, saidAt);
}

/** The names in a directory; none when it cannot be read, for they only feed hints. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}

/** Where strict UTF-8 breaks, by halving. */
function firstBadByte(bytes: Uint8Array): number {
  const valid = (end: number): boolean => {
    try {
      // In a stream the decoder forgives a character that is cut at the end.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [low, high] = [0, bytes.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (valid(middle)) low = middle;
    else high = middle;
  }
  return low;
}
