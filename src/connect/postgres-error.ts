// What PostgreSQL's refusals mean to the operator, by SQLSTATE, and what came of a session that broke.
import { DatabaseError } from 'pg';
import { WorldError } from '../core/world-error.js';
import type { WorldErrorDetails } from '../core/world-error.js';
import { codeOf, printable, reasonOf } from './printable.js';
import { brief } from './sql-rules.js';

const hints: ReadonlyMap<string, string> = new Map([
  ['28P01', 'check `pg_user` and `pg_password`'],
  ['28000', 'check `pg_user`, and that it may log in'],
  ['3D000', 'check `pg_database` and the `database` of the task'],
  ['42501', 'grant it to `pg_user`, or use another user'],
  ['25006', 'the database takes no changes here; is this host a standby, or `default_transaction_read_only` on?'],
  ['53300', 'all connections of the server are in use; end some, or wait'],
  ['53100', 'free space on the disk of the server'],
  ['55P03', 'end the sessions that hold the lock, or give the task a longer `lock_timeout`'],
  ['57014', 'it ran longer than its `statement_timeout`, or someone cancelled it'],
  ['57P03', 'the server is starting up, shutting down or recovering; wait and try again'],
  ['40P01', 'two sessions waited for each other; run it again when the other is done'],
  ['40001', 'another transaction changed the same rows; run it again'],
  ['42P01', 'check the name, the database and the search_path of `pg_user`'],
  ['42P02', 'every `$n` needs a value'],
  ['42601', 'a statement holds exactly one command; look at the position'],
]);

/** True for an answer of the server, as against a connection that broke. */
export function isAnswer(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.code !== undefined;
}

/** PostgreSQL's answer as an error of the task. */
export function refusal(
  where: string,
  error: DatabaseError,
  statement?: string,
  more: WorldErrorDetails = {},
): WorldError {
  const about = statement === undefined ? '' : ` \`${brief(statement)}\``;
  const hint = hints.get(error.code ?? '') ?? error.hint;
  return new WorldError('failed', `${where} refused${about}: ${printable(error.message)}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { ...detailsOf(error), ...more },
    cause: error,
  });
}

function detailsOf(error: DatabaseError): WorldErrorDetails {
  const said: readonly (readonly [string, string | number | undefined])[] = [
    ['code', error.code],
    ['detail', error.detail],
    ['hint', error.hint],
    ['position', error.position === undefined ? undefined : Number(error.position)],
    ['where', error.where],
    ['constraint', error.constraint],
  ];
  return Object.fromEntries(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** Why no session could be opened. The host may well be there, so this is never `unreachable`. */
export function notOpened(where: string, user: string, error: unknown): WorldError {
  if (error instanceof WorldError) return error.kind === 'failed' ? withReason(where, error) : error;
  if (isAnswer(error)) return notLetIn(where, user, error, error.code ?? '');
  const noPassword = error instanceof NoPassword;
  return new WorldError('failed', `${noPassword ? refusedLogin(where, user) : notOpen(where)}: ${reasonOf(error)}`, {
    hint: hintOfBrokenStart(error),
    details: { reason: noPassword ? 'database-login' : 'database-unreachable' },
    cause: error,
  });
}

/** The server asks for a password, and there is none. */
export class NoPassword extends Error {}

const notOpen = (where: string): string => `cannot open a session with ${where}`;
const refusedLogin = (where: string, user: string): string => `the login of \`${user}\` to ${where} was refused`;

/** What a server that is there says instead of letting us in. */
function notLetIn(where: string, user: string, error: DatabaseError, code: string): WorldError {
  const said = reasonOf(error);
  const login = code === '28P01' || code === '28000' || code === '42501';
  const words = new Map([
    ['3D000', `there is no ${where}`],
    ['53300', `the server of ${where} has no room for another session`],
    ['57P03', `the server of ${where} is there, and takes no sessions now`],
  ]);
  return new WorldError(
    'failed',
    `${login ? refusedLogin(where, user) : (words.get(code) ?? notOpen(where))}: ${said}`,
    {
      hint: hintOfRefusal(code, said) ?? 'look at the log of the server',
      details: { reason: login ? 'database-login' : 'database-refused', sqlstate: code, code },
      cause: error,
    },
  );
}

function hintOfRefusal(code: string, said: string): string | undefined {
  if (code === '28000' && /pg_hba/.test(said))
    return 'the server knows no such way in: add a line to its pg_hba.conf, or check `pg_user`, `pg_database` and `pg_tls`';
  if (code === '42501') return 'grant CONNECT on it to `pg_user`, or use another user';
  return hints.get(code);
}

function withReason(where: string, error: WorldError): WorldError {
  return new WorldError('failed', `${notOpen(where)}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, reason: 'database-unreachable' },
    cause: error,
  });
}

function hintOfBrokenStart(error: unknown): string {
  const code = codeOf(error) ?? '';
  const message = reasonOf(error);
  if (/password/i.test(message)) return 'set `pg_password`';
  if (/does not support SSL/i.test(message)) return 'set `pg_tls: false`, or turn `ssl` on in postgresql.conf';
  if (/CERT|SIGNED|ALTNAME|TLS/i.test(code))
    return 'the certificate of the server is not trusted here; name its authority in NODE_EXTRA_CA_CERTS';
  return 'check `pg_host` and `pg_port`, and that the server runs';
}

/** A session that broke while it only looked, or before COMMIT was sent: nothing can have changed. */
export function broken(where: string, error: unknown, statement?: string): WorldError {
  if (error instanceof WorldError) return error;
  const about = statement === undefined ? '' : ` during \`${brief(statement)}\``;
  return new WorldError('failed', `the session with ${where} was lost${about}: ${reasonOf(error)}`, {
    hint: 'nothing was committed; PostgreSQL rolls such a transaction back',
    details: { reason: 'connection-lost' },
    cause: error,
  });
}
