// What our own part of a script says when it does not run the command: a line behind the random marker, the last one on
// standard error, with exit code 125. The command never learns the marker, so it cannot say any of this.
import { randomBytes } from 'node:crypto';
import { WorldError } from '../core/world-error.js';
import { decoded, holderOf } from './hold-record.js';
import { lastLines, printable } from './printable.js';

/** A word that nobody else can know, in hexadecimal digits. */
export function newNonce(): string {
  return randomBytes(12).toString('hex');
}

/** The marker by which a script of ours says what it has to say instead of its command. */
export function scriptMarker(nonce: string): string {
  return `playbook-${nonce}`;
}

/** Such a line, and the last of what stands before it. */
export interface ScriptWords {
  readonly word: string;
  readonly more: string;
  readonly before: readonly string[];
}

/** The words of the script, if these are what it said last. */
export function saidByScript(marker: string, stderr: Uint8Array): ScriptWords | undefined {
  const said = Buffer.from(stderr).toString('utf8');
  const at = said.lastIndexOf(`${marker} `);
  const line = at < 0 ? '' : said.slice(at + marker.length + 1);
  if (at < 0 || line.trimEnd().includes('\n')) return undefined;
  const [word = '', ...more] = line.trim().split(' ');
  return { word, more: printable(more.join(' ')), before: lastLines(said.slice(0, at)) };
}

/** The host belongs to another run; `more` are the first lines of its record, if there is one. */
export function fencedError(host: string, more: string): WorldError {
  const [run = '', number = '', , by = '', , since = ''] = more.split(' ');
  const holder = holderOf([`${run} ${number}`]);
  const who =
    holder === undefined
      ? 'nobody holds it any more, as far as this user can see'
      : `run \`${holder.run}\` of ${printable(decoded(by), 100)} holds it since ${printable(decoded(since), 40)}, taken up for the ${holder.number}. time`;
  return new WorldError('fenced', `\`${host}\` does not belong to this run: ${who}`, {
    hint: 'nothing was run; this run was unlocked or taken up elsewhere, and must not go on here',
    details: { reason: 'fenced', ...(holder === undefined ? {} : { holder: holder.run, number: holder.number }) },
  });
}
