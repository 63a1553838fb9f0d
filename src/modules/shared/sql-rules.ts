// What may be said where: a look may only look, and a change may not end the transaction that makes it all or nothing.
import type { SqlText } from '../../core/connection.js';
import { refuse } from '../../core/module.js';
import type { Refusal } from '../../core/module.js';
import { briefly, calledNames, firstWords, splitStatements } from './sql-text.js';

const looking: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table', 'show', 'explain']);
const explainable: ReadonlySet<string> = new Set([
  'select',
  'with',
  'values',
  'table',
  'insert',
  'update',
  'delete',
  'merge',
]);
const transactionControl: ReadonlySet<string> = new Set([
  'begin',
  'start',
  'commit',
  'end',
  'rollback',
  'abort',
  'savepoint',
  'release',
  'prepare transaction',
]);
const outsideTransactions =
  /^(vacuum|(create|drop) (database|tablespace)|alter system|(create|drop) (unique )?index concurrently|reindex .*concurrently|(create|drop|alter) subscription)\b/;

/**
 * Functions that touch the server although they are called in a SELECT, which a READ ONLY transaction does not stop
 * (PostgreSQL, section 9.28 "System Administration Functions", and the module dblink).
 */
const touching =
  /^(pg_(promote|terminate_backend|cancel_backend|switch_(wal|xlog)|reload_conf|rotate_logfile|create_restore_point|(start_|stop_)?backup(_start|_stop)?|wal_replay_(pause|resume)|(create|copy)_\w*replication_slot|drop_replication_slot|replication_(slot_advance|origin_\w+)|logical_(emit_message|slot_get_\w+)|(try_)?advisory_\w+|stat_reset\w*|file_(write|rename|unlink|sync)|log_backend_memory_contexts|import_system_collations)|dblink\w*|lo_(create|creat|import|export|unlink|put|from_bytea|truncate\w*))$/;

/** Why this cannot be used as a look, or nothing when it can. */
export function objectionToLook(argument: string, sql: SqlText): Refusal | undefined {
  const statements = splitStatements(sql);
  if (statements.length !== 1) {
    return refuse(`\`${argument}\` must be one statement, and has ${statements.length}`, 'take one task for each look');
  }
  const [word] = firstWords(sql.text, 1);
  if (word === undefined || !looking.has(word)) {
    return refuse(
      `\`${argument}\` must be a SELECT, and is \`${briefly(sql.text)}\``,
      'a statement that changes something belongs under `change`',
    );
  }
  const touched = calledNames(sql.text).find((name) => touching.test(name));
  if (touched === undefined) return undefined;
  return refuse(
    `\`${argument}\` calls \`${touched}\`, which touches the server`,
    'a look is run in check mode too; say it under `change`',
  );
}

/** Why these cannot be the statements of one transaction, or nothing when they can. */
export function objectionToChange(statements: readonly SqlText[]): Refusal | undefined {
  if (statements.length === 0) return refuse('there is no statement to run', 'the SQL holds only blanks and comments');
  return statements.map((each) => objectionToStatement(each.text)).find((each) => each !== undefined);
}

function objectionToStatement(text: string): Refusal | undefined {
  const words = firstWords(text, 4);
  const controls = [words.slice(0, 1), words.slice(0, 2)].some((each) => transactionControl.has(each.join(' ')));
  if (controls) {
    return refuse(
      `\`${briefly(text)}\` would end or nest the transaction of this task`,
      'all statements of a task happen together or not at all; leave it out',
    );
  }
  if (outsideTransactions.test(words.join(' '))) {
    return refuse(`\`${briefly(text)}\` cannot run inside a transaction`, 'run it with `command: psql ...`');
  }
  if (!text.startsWith('\\')) return undefined;
  return refuse(
    `\`${briefly(text)}\` is a command of psql, not SQL`,
    'leave it out, or run the file with `command: psql ...`',
  );
}

/** The statements that the server can be asked about: plain ones, up to the first that others may build on. */
export function explainableOf(statements: readonly SqlText[]): readonly SqlText[] {
  const end = statements.findIndex((each) => !explainable.has(firstWords(each.text, 1)[0] ?? ''));
  return end === -1 ? statements : statements.slice(0, end);
}
