// SQL on a database of the host: a look with expectations, or statements that happen together or not at all,
// with the proof that they are still needed and that they did what was promised.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { SqlText } from '../core/connection.js';
import { defineModule, refuse } from '../core/module.js';
import type { Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { bringsData } from '../core/needs.js';
import type { NeededStatement } from '../core/needs.js';
import { sqlFilePlace, sqlPlace } from '../core/place.js';
import type { Value } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { duration, durationMs } from './shared/duration.js';
import { exactlyOne } from './shared/one-of.js';
import { counted, objectionToCount, objectionToRows, onlyValue, sameRows } from './shared/rows.js';
import type { Row, RowCount } from './shared/rows.js';
import { runGuarded } from './shared/sql-guard.js';
import { explainableOf, objectionToChange, objectionToLook } from './shared/sql-rules.js';
import { briefly, splitStatements } from './shared/sql-text.js';
import { limitsOf } from './shared/transaction-limits.js';

const count = Type.Integer({ minimum: 0 });

const args = Type.Object(
  {
    database: Type.Optional(
      Type.String({ minLength: 1, description: "Database name; the host's `pg_database` when left out." }),
    ),
    query: Type.Optional(sqlPlace('A SELECT, run in a READ ONLY transaction, in check mode too.')),
    change: Type.Optional(
      Type.Union([sqlPlace('Statements, separated by `;`.'), Type.Array(sqlPlace('A statement.'), { minItems: 1 })], {
        description: 'Statements that change something, all in one transaction.',
      }),
    ),
    script: Type.Optional(sqlFilePlace('A file of statements, all in one transaction.')),
    look: Type.Optional(sqlPlace('A SELECT of the rows as they are. Needs `want`.')),
    want: Type.Optional(
      sqlPlace(
        'A SELECT of the same rows as they must be, computed from what is. It must still say the same after the change, as `capabilities | 192` does and `n + 1` does not.',
      ),
    ),
    unless: Type.Optional(sqlPlace('A SELECT of one boolean: true when nothing is left to do.')),
    expect: Type.Optional(
      Type.Array(Type.Unsafe<Row>({ type: 'object' }), {
        description: 'The rows that `query` must return, order aside; columns that are not named do not matter.',
      }),
    ),
    expect_rows: Type.Optional(
      Type.Union(
        [
          count,
          Type.Object(
            {
              min: Type.Optional(Type.Integer({ minimum: 0, description: 'At least so many.' })),
              max: Type.Optional(Type.Integer({ minimum: 0, description: 'At most so many.' })),
            },
            { additionalProperties: false, minProperties: 1 },
          ),
          Type.Array(Type.Union([count, Type.Null()]), { minItems: 1 }),
        ],
        {
          description:
            'How many rows `query` must return (a number, or `{min, max}`), or how many rows each statement must touch or return (a number for all, or a list with one number or null each); otherwise everything is rolled back.',
        },
      ),
    ),
    lock_timeout: Type.Optional(duration('How long a statement may wait for a lock.', '5s')),
    statement_timeout: Type.Optional(duration('How long a statement may take.', '60s')),
  },
  {
    additionalProperties: false,
    ...exactlyOne(['query', 'change', 'script'], ['query', 'look'], ['query', 'unless'], ['look', 'unless']),
    dependencies: { look: ['want'], want: ['look'], expect: ['query'] },
  },
);

/** Of these, a query fills the first four, rows that are compared `rows` and `wanted`, a change `done` and `statements`. */
const registerState = Type.Object({
  rows: Type.Array(Type.Unknown()),
  row_count: Type.Integer(),
  columns: Type.Array(Type.String()),
  first: Type.Unknown(),
  wanted: Type.Array(Type.Unknown()),
  done: Type.Boolean(),
  statements: Type.Array(Type.Unknown()),
});

type Args = Static<typeof args>;

/** What `query` found. */
type QueryState = {
  readonly rows: readonly Row[];
  readonly row_count: number;
  readonly columns: readonly string[];
  readonly first: Row | null;
};

/** What `look` and `want` found. */
type RowsState = { readonly rows: readonly Row[]; readonly wanted: readonly Row[] };

type SqlState = QueryState | RowsState | { readonly done: boolean };

function statementsOf({ change, script }: Args): readonly SqlText[] {
  const changes = change === undefined || 'text' in change ? [change] : change;
  return [...changes, script].flatMap((each) => (each === undefined ? [] : splitStatements(each)));
}

/** Why these arguments cannot be asked of any server; nothing when they can. */
function objection(bound: Args): Refusal | undefined {
  for (const name of ['query', 'look', 'want', 'unless'] as const) {
    const sql = bound[name];
    const refused = sql === undefined ? undefined : objectionToLook(name, sql);
    if (refused !== undefined) return refused;
  }
  if (bound.query !== undefined) return objectionToQuery(bound);
  const statements = statementsOf(bound);
  return objectionToChange(statements) ?? objectionToExpectations(bound, statements.length);
}

function objectionToQuery({ expect_rows: expected }: Args): Refusal | undefined {
  if (!Array.isArray(expected)) return undefined;
  return refuse(
    '`expect_rows` of a `query` is a number or `{min, max}`',
    'a list goes with the statements of a `change`',
  );
}

function objectionToExpectations({ expect_rows: expected }: Args, statements: number): Refusal | undefined {
  if (expected === undefined || typeof expected === 'number') return undefined;
  if (!Array.isArray(expected)) {
    return refuse('`expect_rows` of a change is a number or a list', '`{min, max}` goes with a `query`');
  }
  if (expected.length === statements) return undefined;
  return refuse(
    `\`expect_rows\` has ${counted(expected.length, 'number')} for ${counted(statements, 'statement')}`,
    'give one for each statement; null where any number will do',
  );
}

function lookOptions({ database, statement_timeout }: Args): {
  readonly database: string | undefined;
  readonly timeoutMs: number;
} {
  return { database, timeoutMs: durationMs(statement_timeout ?? '60s') };
}

async function inspectQuery(query: SqlText, bound: Args, eyes: Eyes): Promise<QueryState> {
  const { rows, rowCount, columns } = await eyes.rows(query, lookOptions(bound));
  return { rows, row_count: rowCount, columns, first: rows[0] ?? null };
}

async function inspectRows(look: SqlText, goal: SqlText, bound: Args, eyes: Eyes): Promise<RowsState> {
  const { rows } = await eyes.rows(look, lookOptions(bound));
  const { rows: wanted } = await eyes.rows(goal, lookOptions(bound));
  // Two SELECTs without ORDER BY may give the same rows in another order, which is no difference.
  return { rows, wanted: sameRows(rows, wanted) ? rows : wanted };
}

async function isDone(unless: SqlText, bound: Args, eyes: Eyes): Promise<boolean> {
  const rows = await eyes.rows(unless, lookOptions(bound));
  const value = onlyValue(rows);
  if (typeof value === 'boolean') return value;
  throw new WorldError(
    'failed',
    `\`unless\` must return one boolean, and returned ${counted(rows.rows.length, 'row')} of ${counted(rows.columns.length, 'column')}`,
    { hint: 'write it as `select exists (select ...)`', details: { statement: briefly(unless.text, 400) } },
  );
}

/** Asks the server whether it would accept what is still to be done, so that check mode finds what is missing. */
async function rehearse(bound: Args, eyes: Eyes): Promise<void> {
  for (const statement of explainableOf(statementsOf(bound))) {
    await eyes.explain(statement, { database: bound.database });
  }
}

async function inspect(bound: Args, eyes: Eyes): Promise<SqlState> {
  if (objection(bound) !== undefined) return { done: false };
  const { query, look, want: wanted, unless } = bound;
  if (query !== undefined) return inspectQuery(query, bound, eyes);
  if (look !== undefined && wanted !== undefined) {
    const state = await inspectRows(look, wanted, bound, eyes);
    if (state.rows !== state.wanted) await rehearse(bound, eyes);
    return state;
  }
  const done = unless !== undefined && (await isDone(unless, bound, eyes));
  if (!done) await rehearse(bound, eyes);
  return { done };
}

function want(bound: Args, found: SqlState): Partial<SqlState> | Refusal {
  const refused = objection(bound);
  if (refused !== undefined) return refused;
  if ('wanted' in found) return { rows: found.wanted };
  if (!('row_count' in found)) return { done: true };
  const { expect, expect_rows: expected } = bound;
  const wrongCount = expected === undefined ? undefined : objectionToCount(expected as RowCount, found.row_count);
  if (wrongCount !== undefined) return refuse(wrongCount);
  const wrongRows = expect === undefined ? undefined : objectionToRows(expect, found.rows, found.columns);
  return wrongRows === undefined ? {} : refuse(wrongRows);
}

function expectedRows(expected: Args['expect_rows'], statements: number): readonly (number | undefined)[] {
  return Array.from({ length: statements }, (_, index) => {
    if (typeof expected === 'number') return expected;
    return Array.isArray(expected) ? (expected[index] ?? undefined) : undefined;
  });
}

async function apply(_change: Change<SqlState>, hands: Hands, bound: Args): Promise<Told> {
  const statements = statementsOf(bound);
  const transaction = {
    statements,
    ...limitsOf(bound),
    expectRows: expectedRows(bound.expect_rows, statements.length),
  };
  const { look, want: goal, database } = bound;
  const promise = look === undefined || goal === undefined ? undefined : { look, want: goal };
  const touched =
    promise === undefined
      ? await hands.statements(transaction, { database })
      : await runGuarded(promise, transaction, hands, lookOptions(bound));
  return { statements: touched.map((each): Value => ({ row_count: each.rowCount, rows: each.rows })) };
}

function describe(bound: Args): string {
  if (bound.query !== undefined) return `would ask \`${briefly(bound.query.text)}\``;
  // Where rows are compared the difference says it better than the statements do.
  if (bound.look !== undefined)
    return `would run ${counted(statementsOf(bound).length, 'statement')} in one transaction`;
  return `would run ${statementsOf(bound)
    .map((each) => `\`${briefly(each.text)}\``)
    .join(', ')} in one transaction`;
}

/** Everything that the server can be asked about before it is said for good. */
function neededStatements(bound: Args): readonly NeededStatement[] {
  if (objection(bound) !== undefined) return [];
  const { database, query, look, want: goal, unless } = bound;
  const looks = [query, look, goal, unless].flatMap((each) => each ?? []);
  return [...looks, ...explainableOf(statementsOf(bound))].map((statement) => ({ database, statement }));
}

/** Looks at a database, or changes it with proof. */
export const sql = defineModule<Args, SqlState>({
  name: 'sql',
  summary: 'Look at a database, or change it in one transaction with proof of being done',
  description: [
    '`query` only looks: it runs in check mode too, and refuses when `expect` or `expect_rows` do not hold.',
    '`change` (or `script`, a file) runs its statements in one transaction; values in `{{ }}` are bound, never pasted. With `look` and `want` the task is done when both return the same rows; check mode shows the difference, and the change is rolled back unless it leaves exactly the rows that `want` said before it. With `unless` the task is done when that is true. With neither, no look can tell whether it was done: check mode says `unknown`, and a lost answer leaves the run in doubt.',
    'A final SELECT among the statements, with its number in `expect_rows`, is a check inside the transaction.',
  ].join('\n\n'),
  args,
  state: registerState,
  examples: [
    `- name: B alone has the capabilities of a primary
  sql:
    database: fdb
    query: select name from appliance where capabilities & 192 = 192
    expect: [{ name: spb }]`,
    `- name: Take the primary's capabilities from A, give them to B
  sql:
    database: fdb
    change:
      - update appliance set capabilities = capabilities & ~192::bigint where name = 'spa'
      - update appliance set capabilities = capabilities | 192 where name = 'spb'
      - select name from appliance where name in ('spa', 'spb') and capabilities & 192 = 192
    expect_rows: [1, 1, 1]
    look: select name, capabilities from appliance where name in ('spa', 'spb') order by name
    want: >-
      select name, case name when 'spa' then capabilities & ~192::bigint else capabilities | 192 end as capabilities
      from appliance where name in ('spa', 'spb') order by name`,
    `- name: Make the table of notes
  sql:
    database: fdb
    change: create table if not exists note (id bigint primary key, said text not null)
    unless: select to_regclass('public.note') is not null`,
  ],
  inspect,
  want,
  apply,
  provable: ({ query, look, unless }) => query !== undefined || look !== undefined || unless !== undefined,
  describe,
  needs: (bound) => ({ databases: [bound.database], statements: neededStatements(bound), withoutShell: true }),
  brings: (bound) => (bound !== undefined && bound.query !== undefined ? {} : bringsData),
});
