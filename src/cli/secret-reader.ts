// Reads what `!secret` names, for the commands that go to hosts: a variable of the environment, a file, or what a program
// prints. Each is read once in the life of the process.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellWords } from '../core/quote.js';
import { fail, ok } from '../core/result.js';
import { secretNotThere } from '../load/secret-tag.js';
import type { ReadSecret, SecretSource } from '../load/secret-tag.js';
import type { Io } from './io.js';
import { ownPath } from './own-path.js';
import { printedBy } from './printed-by.js';
import { reasonOf } from './replace-file.js';

/** The reader of a command. */
export function secretReader(io: Io): ReadSecret {
  const known = new Map<string, string>();
  return (source, span) => {
    const key = JSON.stringify([source, source.kind === 'file' ? dirname(span.source.path) : '']);
    const before = known.get(key);
    if (before !== undefined) return ok(before);
    const read = readFrom(io, source, span.source.path);
    if (typeof read !== 'string') return fail(secretNotThere(read.why, span));
    known.set(key, read);
    return ok(read);
  };
}

interface NotThere {
  readonly why: string;
}

function readFrom(io: Io, source: SecretSource, saidIn: string): string | NotThere {
  switch (source.kind) {
    case 'env':
      return fromEnvironment(io, source.name);
    case 'file':
      return fromFile(io, source.path, saidIn);
    case 'command': {
      const printed = printedBy(io, source.words);
      if (typeof printed === 'string') return { why: `\`${shellWords(source.words)}\` printed nothing: ${printed}` };
      return whole(printed, `what \`${shellWords(source.words)}\` printed`);
    }
  }
}

/** Taken out of the environment, so that no program that we start gets it too. */
function fromEnvironment({ environment }: Io, name: string): string | NotThere {
  const value = environment[name] ?? '';
  delete environment[name];
  return value === '' ? { why: `the variable \`${name}\` of the environment is not set` } : value;
}

function fromFile(io: Io, path: string, saidIn: string): string | NotThere {
  try {
    return whole(readFileSync(ownPath(io, path, dirname(saidIn))), `\`${path}\``);
  } catch (thrown) {
    return { why: `\`${path}\` cannot be read: ${reasonOf(thrown)}` };
  }
}

/** The text without the line end that files and programs put after it. */
function whole(bytes: Buffer, what: string): string | NotThere {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
    return text === '' ? { why: `${what} is empty` } : text;
  } catch {
    return { why: `${what} is not UTF-8 text` };
  }
}
