// The looks of a preflight: every host, every user on it and every database is asked once for all tasks together.
import type { SqlText } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import type { RunContext } from './context.js';
import type { DatabaseAnswers } from './database-look.js';
import { askDatabase } from './database-look.js';
import type { Demand } from './demands.js';
import { grouped } from './grouped.js';
import { inParallel } from './lock.js';
import { answersIn, keyOf, questionScript, questionsOf } from './questions.js';
import type { Answer, Question } from './questions.js';

/** How long one look may take, in milliseconds. */
const lookMs = 60_000;

/** What one user on one host has answered, or why nobody could be asked. */
export interface Answers {
  readonly failed?: WorldError;
  readonly byKey: ReadonlyMap<string, Answer>;
}

/** Everything that was seen. */
export interface Seen {
  /** Why a host cannot be reached, by its name. */
  readonly unreachable: ReadonlyMap<string, WorldError>;
  answersFor(demand: Demand): Answers;
  database(demand: Demand, name: string | undefined): DatabaseAnswers;
}

const none: Answers = { byKey: new Map() };
const silent: DatabaseAnswers = { objection: () => undefined };

/** Asks the world everything that the demands raise. */
export async function lookFor(demands: readonly Demand[], context: RunContext): Promise<Seen> {
  const unreachable = new Map<string, WorldError>();
  const answers = new Map<string, Answers>();
  const databases = new Map<string, DatabaseAnswers>();
  const ofHosts = grouped(demands, (each) => each.manner.session);
  await inParallel([...ofHosts], context.input.options.forks, async ([name, own]) => {
    const lost = await reach(name, context);
    if (lost !== undefined) {
      unreachable.set(name, lost);
      return;
    }
    await Promise.all([
      ...[...groupsOf(own)].map(async ([key, group]) => answers.set(key, await ask(group, context))),
      ...[...statementsOf(own, context)].map(async ([key, { database, statements, sized }]) =>
        databases.set(key, await askDatabase(context.session(name), database, statements, sized)),
      ),
    ]);
  });
  return {
    unreachable,
    answersFor: (demand) => answers.get(userKey(demand)) ?? none,
    database: (demand, name) => databases.get(databaseKey(demand, name, context)) ?? silent,
  };
}

async function reach(name: string, context: RunContext): Promise<WorldError | undefined> {
  try {
    await context.session(name).connection();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof WorldError) return thrown;
    throw thrown;
  }
}

/** The demands of one user with one PATH on a host; those that need no shell there are left out. */
function groupsOf(demands: readonly Demand[]): ReadonlyMap<string, readonly Demand[]> {
  return grouped(
    demands.filter((each) => each.module.needs.withoutShell !== true),
    userKey,
  );
}

/** As whom, and with which PATH, a demand asks on which host. */
export function userKey({ manner: { session, become, environment } }: Demand): string {
  return JSON.stringify([session, become?.user ?? null, environment['PATH'] ?? null]);
}

/** Asks one user all that the demands raise; without a question, whether one can become that user at all. */
async function ask(demands: readonly Demand[], context: RunContext): Promise<Answers> {
  const [first] = demands;
  if (first === undefined) return none;
  const { session, become, environment } = first.manner;
  const questions = unique(demands.flatMap((each) => questionsOf(each.module.needs)));
  if (questions.length === 0 && become === undefined) return none;
  const { PATH } = environment;
  try {
    const { stdout } = await context.session(session).withConnection((connection) =>
      connection.exec({
        command: questionScript(questions),
        ...(become === undefined ? {} : { become }),
        ...(PATH === undefined ? {} : { environment: { PATH } }),
        timeoutMs: lookMs,
        signal: context.input.world.stopping,
        mutates: false,
        contained: true,
      }),
    );
    return { byKey: answersIn(Buffer.from(stdout).toString('utf8'), questions) };
  } catch (thrown) {
    if (thrown instanceof WorldError) return { failed: thrown, byKey: new Map() };
    throw thrown;
  }
}

function unique(questions: readonly Question[]): readonly Question[] {
  return [...new Map(questions.map((each) => [keyOf(each), each])).values()];
}

/** What each database is asked about, by its key. */
function statementsOf(demands: readonly Demand[], context: RunContext) {
  const asked = new Map<string, { readonly database: string; readonly statements: SqlText[]; sized: boolean }>();
  const of = (demand: Demand, name: string | undefined) => {
    const key = databaseKey(demand, name, context);
    const entry = asked.get(key) ?? { database: databaseName(demand, name, context), statements: [], sized: false };
    asked.set(key, entry);
    return entry;
  };
  for (const demand of demands) {
    const { databases = [], statements = [], writes = [] } = demand.module.needs;
    for (const { ofDatabase } of writes) if (ofDatabase !== undefined) of(demand, ofDatabase).sized = true;
    for (const name of databases) of(demand, name);
    for (const { database, statement } of statements) of(demand, database).statements.push(statement);
  }
  return asked;
}

/** The name of a database that a demand is about. */
export function databaseName({ manner }: Demand, name: string | undefined, context: RunContext): string {
  return name ?? context.session(manner.session).target.postgres.database;
}

/** Which database of which host a demand is about. */
export function databaseKey(demand: Demand, name: string | undefined, context: RunContext): string {
  return JSON.stringify([demand.manner.session, databaseName(demand, name, context)]);
}
