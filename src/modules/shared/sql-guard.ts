// A change that is promised row by row is held to its promise inside its own transaction: what must be is computed
// by the server just before, and anything else after the last statement rolls everything back.
import type { Rows, SqlText, Transaction } from '../../core/connection.js';
import type { Hands } from '../../core/module.js';
import type { Value } from '../../core/value.js';
import { WorldError } from '../../core/world-error.js';
import { onlyValue } from './rows.js';
import { splitStatements } from './sql-text.js';

/** The rows that a change is about (`look`), and the same rows as they must be (`want`). */
export interface Promised {
  readonly look: SqlText;
  readonly want: SqlText;
}

/** How the error of a broken promise starts. */
const complaint = 'not the promised rows: ';

/** Rows of a SELECT as one text, the same for the same rows in any order. */
function asText(sql: SqlText): SqlText {
  const [statement] = splitStatements(sql);
  const { text, values } = statement ?? sql;
  // The line ends keep a comment at the end of the SELECT from swallowing the parenthesis.
  return {
    text: `select coalesce(jsonb_agg(to_jsonb(r) order by to_jsonb(r)::text), '[]')::text as rows from (\n${text}\n) as r`,
    values,
  };
}

/**
 * A SELECT that ends the transaction unless the rows are as promised. Plain SQL cannot raise an error of its own,
 * so the rows that would be left are read as a boolean, which they are not; the error then names them.
 */
function proof(look: SqlText, promised: Value): SqlText {
  const { text, values } = asText(look);
  return {
    text: `select case when l.rows = $${values.length + 1}::text then true else ('${complaint}' || l.rows)::boolean end from (${text}) as l`,
    values: [...values, promised],
  };
}

/** Runs the statements so that they leave exactly the promised rows, or nothing at all; gives the rows of each statement. */
export async function runGuarded(
  { look, want }: Promised,
  transaction: Transaction,
  hands: Hands,
  options: { readonly database: string | undefined; readonly timeoutMs: number },
): Promise<readonly Rows[]> {
  const promised = onlyValue(await hands.rows(asText(want), options)) ?? null;
  const { statements, expectRows = [] } = transaction;
  const guarded = {
    ...transaction,
    statements: [...statements, proof(look, promised)],
    expectRows: statements.map((_, index) => expectRows[index]),
  };
  try {
    const results = await hands.statements(guarded, { database: options.database });
    return results.slice(0, -1);
  } catch (error) {
    throw brokenPromise(error) ?? error;
  }
}

function brokenPromise(error: unknown): WorldError | undefined {
  if (!(error instanceof WorldError) || error.kind !== 'failed') return undefined;
  // The statement may be quoted too, but only its error goes on with rows.
  const at = error.message.lastIndexOf(`${complaint}[`);
  if (at === -1) return undefined;
  const rows = error.message.slice(at + complaint.length).replace(/["»“”]$/, '');
  return new WorldError('failed', 'the change would not leave the rows that `want` says, and was rolled back', {
    hint: 'compare the statements of `change` with `want`',
    details: { would_leave: rows },
    cause: error,
  });
}
