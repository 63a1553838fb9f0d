// A look at a file as a whole, in one round trip: what it is, the digest of its content, and the content itself when it
// is short. So a file that is as wanted costs its digest, however long it is.
import { createHash } from 'node:crypto';
import type { Command, Outcome } from '../core/connection.js';
import { digestProgram } from '../core/host-file.js';
import type { SeenFile } from '../core/host-file.js';
import { fileScript, lookFailed, missingFunction, parseStat, rcMissing, statLine } from './remote-file.js';

/** A look at what stands at a path, with its content when that is no longer than so many bytes. Links are not followed. */
export function fileCommand(path: string, upToBytes: number): Command {
  return fileScript(path, [
    missingFunction,
    '[ -e "$p" ] || [ -L "$p" ] || missing',
    `${statLine(false)} || exit 1`,
    'if [ -L "$p" ]; then readlink -- "$p"; exit; fi',
    '[ -f "$p" ] || exit 0',
    `${digestProgram} <"$p" || exit 1`,
    `[ "$(wc -c <"$p")" -gt ${upToBytes} ] || exec cat -- "$p"`,
  ]);
}

/** What such a look said; nothing when nothing is there. */
export function parseFile(path: string, { rc, stdout, stderr }: Outcome): SeenFile | undefined {
  const said = { rc, stdout: '', stderr: Buffer.from(stderr).toString('utf8') };
  if (rc === rcMissing) return undefined;
  if (rc !== 0) throw lookFailed(path, said);
  const [first, rest] = divided(Buffer.from(stdout));
  const isFile = /^regular/i.test(first);
  const file = parseStat(path, { ...said, stdout: isFile ? `${first}\n` : Buffer.from(stdout).toString('utf8') });
  if (file === undefined || !isFile) return file;
  const [line, content] = divided(rest);
  const sha256 = /^[0-9a-f]{64}/.exec(line)?.[0];
  if (sha256 === undefined) throw lookFailed(path, said);
  // Files of /proc say that they are empty, and are not.
  if (content.length === 0 && sha256 !== digestOf(content)) return { ...file, sha256 };
  // What was read is what is told, even if somebody wrote in between.
  return { ...file, content, sizeBytes: content.length, sha256: digestOf(content) };
}

/** The first line, and what stands behind it. */
function divided(bytes: Buffer): readonly [string, Buffer] {
  const end = bytes.indexOf('\n');
  return end < 0
    ? [bytes.toString('utf8'), Buffer.alloc(0)]
    : [bytes.toString('utf8', 0, end), bytes.subarray(end + 1)];
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
