// What may stand in a statement that we wrap in a transaction of our own. PostgreSQL itself refuses more than one
// command in a statement (the extended protocol takes one), so only the first words have to be known.
import { WorldError } from '../core/world-error.js';

const controls =
  /^(?:BEGIN|START TRANSACTION|COMMIT|END|ABORT|ROLLBACK(?! (?:(?:WORK|TRANSACTION) )?TO\b)|PREPARE TRANSACTION)\b/;

const outsideOnly = [
  /^VACUUM\b/,
  /^(?:CREATE|DROP) (?:DATABASE|TABLESPACE)\b/,
  /^ALTER SYSTEM\b/,
  /^(?:CREATE (?:UNIQUE )?|DROP |RE)INDEX(?: \([^)]*\))?(?: (?:INDEX|TABLE|SCHEMA|DATABASE|SYSTEM))? CONCURRENTLY\b/,
  /^REINDEX(?: \([^)]*\))? (?:SCHEMA|DATABASE|SYSTEM)\b/,
];

const copies = /^COPY .*\b(?:FROM STDIN|TO STDOUT)\b/s;

const explainable = /^(?:SELECT|INSERT|UPDATE|DELETE|MERGE|VALUES|WITH|TABLE)\b/;

/** The text in capitals without comments at its head, for looking at its first words. */
function head(text: string): string {
  let rest = text;
  for (;;) {
    const before = rest;
    rest = rest.replace(/^(?:\s|\(|;)+/, '').replace(/^--[^\n]*(?:\n|$)/, '');
    if (rest.startsWith('/*')) rest = rest.slice(commentLength(rest));
    if (rest === before) break;
  }
  return rest
    .slice(0, 2_000)
    .replaceAll(/\/\*[^]*?\*\/|--[^\n]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trimEnd()
    .toUpperCase();
}

/** The length of a comment at the start; comments nest. */
function commentLength(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const pair = text.slice(at, at + 2);
    if (pair !== '/*' && pair !== '*/') continue;
    depth += pair === '/*' ? 1 : -1;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Why a statement cannot run inside a transaction of ours; nothing when it can. */
export function objectionTo(text: string): WorldError | undefined {
  const words = head(text);
  if (words === '') return new WorldError('failed', 'the SQL statement is empty');
  if (controls.test(words)) {
    return new WorldError('failed', `\`${brief(text)}\` controls the transaction, which is done for you`, {
      hint: 'all statements of a task already run in one transaction; leave it out',
    });
  }
  if (outsideOnly.some((pattern) => pattern.test(words))) {
    return new WorldError('failed', `\`${brief(text)}\` cannot run inside a transaction`, {
      hint: 'run it with `psql` by the `command` module',
    });
  }
  if (copies.test(words)) {
    return new WorldError('failed', `\`${brief(text)}\` copies data through the client, which is not supported`, {
      hint: 'copy to or from a file of the server, or run `psql` by the `command` module',
    });
  }
  return undefined;
}

/** True for statements that EXPLAIN takes. */
export function isExplainable(text: string): boolean {
  return explainable.test(head(text));
}

/** A statement as a message quotes it. */
export function brief(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 100)}...` : line;
}
