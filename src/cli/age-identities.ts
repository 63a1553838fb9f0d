// Where the identities of age come from: files that the flags name, else the places where SOPS looks. They are read when
// something needs them, are known as secrets from then on, and are never written down.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { error } from '../core/diagnostic.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { isAge } from '../load/age/format.js';
import { readIdentity } from '../load/age/x25519.js';
import type { Identity } from '../load/age/x25519.js';
import type { Io } from './io.js';
import { ownPath } from './own-path.js';
import { printedBy } from './printed-by.js';
import { reasonOf } from './replace-file.js';

/** The identities that the flags and the environment name, read once and when they are first asked for. */
export function identitiesOf(io: Io, files: readonly string[] | undefined): () => Result<readonly Identity[]> {
  const words = io.environment['SOPS_AGE_KEY'];
  // No program that we start has any use for it.
  delete io.environment['SOPS_AGE_KEY'];
  let read: Result<readonly Identity[]> | undefined;
  return () => (read ??= readAll(io, files, words));
}

function readAll(io: Io, files: readonly string[] | undefined, words: string | undefined): Result<readonly Identity[]> {
  const usual = usualFile(io);
  const named = files ?? (words === undefined && usual !== undefined ? [usual] : []);
  const given = words === undefined ? ok([]) : identitiesIn(io, Buffer.from(words), 'SOPS_AGE_KEY');
  return andThen(all([given, ...named.map((file) => readFile(io, file))]), (each) => ok(each.flat()));
}

/** Where `age-keygen` is told to write it by the manual of SOPS; nothing when there is no such file. */
function usualFile({ environment }: Io): string | undefined {
  const home = environment['HOME'];
  const settings = environment['XDG_CONFIG_HOME'] ?? (home === undefined ? undefined : join(home, '.config'));
  if (settings === undefined) return undefined;
  const file = join(settings, 'sops/age/keys.txt');
  return statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : file;
}

function readFile(io: Io, file: string): Result<readonly Identity[]> {
  const path = ownPath(io, file);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return fail(noIdentityIn(file, 'it is not a file'));
    const said = (stat.mode & 0o111) === 0 ? readFileSync(path) : printedBy(io, [path]);
    return typeof said === 'string' ? fail(noIdentityIn(file, said)) : identitiesIn(io, said, file);
  } catch (thrown) {
    return fail(noIdentityIn(file, reasonOf(thrown)));
  }
}

/** One identity a line, and comments, as `age-keygen` writes them. */
function identitiesIn(io: Io, content: Buffer, name: string): Result<readonly Identity[]> {
  if (isAge(content)) return fail(noIdentityIn(name, 'it is encrypted with a passphrase; decrypt it with `age -d`'));
  const lines = content.toString().split(/\r?\n/);
  const found = lines.flatMap((line, index): Result<Identity> | readonly never[] => {
    const word = line.trim();
    if (word === '' || word.startsWith('#')) return [];
    // Its head is the same for all, and may be left out.
    for (const secret of [word, word.replace(/^AGE-SECRET-KEY-1/, '')]) io.redactor.add(secret);
    const identity = readIdentity(word);
    return identity === undefined ? fail(noIdentityIn(name, wrongLine(word, index + 1))) : ok(identity);
  });
  return found.length === 0 ? fail(noIdentityIn(name, 'it is empty')) : all(found);
}

/** Of a line that is wrong nothing is shown: it may be nearly right. */
function wrongLine(word: string, line: number): string {
  if (word.startsWith('AGE-PLUGIN-')) return `line ${line} is an identity of a plugin, which is not read here`;
  if (word.startsWith('-----BEGIN')) return 'it is a key of ssh, which is not read here; make one with `age-keygen`';
  return `line ${line} is no identity; it starts with \`AGE-SECRET-KEY-1\` and ends with a checksum`;
}

function noIdentityIn(name: string, why: string) {
  const hint = 'it holds what `age-keygen` wrote; when it is executable, it is run and prints that';
  return error('age/identity-file', `no age identity from \`${name}\`: ${why}`, undefined, { hint });
}
