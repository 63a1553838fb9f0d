// Every file of the operator's machine that a run needs is read before the run, through this one door:
// regular files only, of a sane size, in strict UTF-8, so that nothing here can hang or mislead.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Source, Span } from '../core/source.js';
import { nearest } from '../core/words.js';
import { isAge } from './age/format.js';
import { openForUs } from './age/open.js';
import { noteRead } from './reads.js';
import { isVault } from './vault/format.js';
import { learnLines, openVault } from './vault/open.js';

const mebibyte = 1024 * 1024;

/** A YAML or template file larger than this was not written by a person. */
const maxTextBytes = mebibyte;

/** The text of a file, without its byte order mark. */
export function readSource(path: string, saidAt?: Span): Result<Source> {
  return andThen(readContent(path, saidAt, maxTextBytes), ({ bytes, sealed }) => {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return ok<Source>({ path, text, ...(sealed ? { sealed: true } : {}) });
    } catch {
      return fail(sealed ? sealedBytes(path) : notUtf8(path, bytes, saidAt));
    }
  });
}

/** The text of a file that is no YAML; when it was encrypted, every line of it is a secret. */
export function readText(path: string, saidAt?: Span): Result<Source> {
  return andThen(readSource(path, saidAt), (source) => {
    if (source.sealed === true) learnLines(source.text);
    return ok(source);
  });
}

/** Of what was encrypted no byte is shown, not even a wrong one. */
function sealedBytes(path: string): Diagnostic {
  const span: Span = { source: { path, text: '' }, start: 0, end: 0 };
  const hint = 'encrypt it anew from text in UTF-8';
  return error('file/not-utf8', `what is encrypted in \`${path}\` is not UTF-8 text`, span, { hint });
}

/** The problem of bytes that are no text, at their place among what can be read of it. */
function notUtf8(path: string, bytes: Uint8Array, saidAt: Span | undefined): Diagnostic {
  const decoder = new TextDecoder();
  const bad = firstBadByte(bytes);
  const start = decoder.decode(bytes.subarray(0, bad), { stream: true }).length;
  const span: Span = { source: { path, text: decoder.decode(bytes) }, start, end: start + 1 };
  const wide = /^(?:\xff\xfe|\xfe\xff)/.test(String.fromCharCode(...bytes.subarray(0, 2)));
  return error('file/not-utf8', `\`${path}\` is not UTF-8 text (near byte ${bad})`, span, {
    hint: `save it as UTF-8, for example with \`iconv ${wide ? '-f UTF-16 ' : ''}-t UTF-8\``,
    labels: saidAt === undefined ? [] : [{ span: saidAt, message: 'read here' }],
  });
}

/** The bytes of a regular file; of an encrypted one those that are meant. */
export function readBytes(path: string, saidAt?: Span): Result<Uint8Array> {
  return andThen(readContent(path, saidAt, 64 * mebibyte), ({ bytes, sealed }) => {
    if (sealed) learnLines(Buffer.from(bytes).toString());
    return ok(bytes);
  });
}

interface Content {
  readonly bytes: Uint8Array;
  /** True when it was encrypted on the disk. */
  readonly sealed: boolean;
}

/** What a file says, opened when it is encrypted. */
function readContent(path: string, saidAt: Span | undefined, maxBytes: number): Result<Content> {
  return andThen(readStored(path, saidAt, maxBytes), (stored) => {
    const sealed = isVault(stored) || isAge(stored);
    const plain = sealed ? openFile(path, stored) : ok(stored);
    return andThen(plain, (bytes) => {
      // What a run rests on is what is meant: encrypting it anew, or with another password, changes nothing.
      noteRead(path, bytes);
      return ok({ bytes, sealed });
    });
  });
}

function openFile(path: string, stored: Uint8Array): Result<Uint8Array> {
  const text = Buffer.from(stored).toString('latin1');
  const end = /\r?\n|$/.exec(text)?.index ?? text.length;
  if (isVault(stored)) return openVault(text, { source: { path, text }, start: 0, end });
  // Behind its first line a file of age may be bytes of any kind.
  return openForUs(stored, { source: { path, text: text.slice(0, end) }, start: 0, end });
}

function readStored(path: string, saidAt: Span | undefined, maxBytes: number): Result<Uint8Array> {
  const what = lookAt(path);
  if (what === 'missing') return fail(missing(path, saidAt));
  if (what !== 'file') return fail(notAFile(path, what, saidAt));
  let handle: number | undefined;
  try {
    // What was looked at may have been replaced by a FIFO since; that must not hang.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(handle);
    if (!stat.isFile()) return fail(notAFile(path, 'something else', saidAt));
    const bytes = stat.size > maxBytes ? undefined : readAll(handle, maxBytes);
    if (bytes === undefined) return fail(tooLarge(path, maxBytes, saidAt));
    return ok(bytes);
  } catch (cause) {
    const hint = 'check its owner and mode with `ls -l`';
    return fail(error('file/unreadable', `cannot read \`${path}\`: ${reason(cause)}`, saidAt, { hint }));
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

const chunkBytes = mebibyte / 4;

/** All that a file gives; nothing when that is too much, whatever size it said: some files of /proc are empty and never end. */
function readAll(handle: number, maxBytes: number): Uint8Array | undefined {
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (size <= maxBytes) {
    const chunk = new Uint8Array(chunkBytes);
    const length = readSync(handle, chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    size += length;
  }
  return undefined;
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
export function lookAt(path: string): 'file' | 'missing' | Obstacle {
  try {
    const stat = statSync(path);
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'a directory' : 'a device, pipe or socket';
  } catch {
    return isLink(path) ? 'a link that leads nowhere' : 'missing';
  }
}

type Obstacle = 'a directory' | 'a device, pipe or socket' | 'a link that leads nowhere';

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function notAFile(path: string, what: string, saidAt: Span | undefined): Diagnostic {
  const hint = what === 'a link that leads nowhere' ? 'see with `ls -l` where it leads' : 'name a file';
  return error('file/not-a-file', `\`${path}\` is ${what}, not a file`, saidAt, { hint });
}

function missing(path: string, saidAt: Span | undefined): Diagnostic {
  const near = nearest(basename(path), namesIn(dirname(path)));
  return error('file/missing', `no file \`${path}\``, saidAt, {
    hint:
      near === undefined ? 'nothing near it has a name like this' : `did you mean \`${join(dirname(path), near)}\`?`,
  });
}

function tooLarge(path: string, maxBytes: number, saidAt: Span | undefined): Diagnostic {
  return error('file/too-large', `\`${path}\` is larger than ${maxBytes / mebibyte} MiB`, saidAt, {
    hint: 'is it the right file? split one that is really so long',
  });
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
