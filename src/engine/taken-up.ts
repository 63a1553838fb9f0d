// What an earlier life of the run began and never heard the end of: evidence on the host decides, and where there can be
// none, a person. Nothing is done a second time for want of an answer.
import type { OpenIntent } from '../core/past.js';
import type { Question } from '../core/operator.js';
import { mapOf } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import type { Attempt } from './judge.js';
import { failedOutcome, worldOutcome } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { FullManner } from './manner.js';
import { claimPrefix } from './touch.js';

/** Reasons of a doubt that no look will ever settle. */
const forAPerson: ReadonlySet<unknown> = new Set(['claim-gone', 'maybe-sent', 'commit-unknown']);

/** Goes on with a begun attempt; `go` makes an attempt of that number. */
export async function takenUp(
  at: Attempt,
  begun: OpenIntent,
  manner: FullManner,
  go: (attempt: number) => Promise<Outcome>,
): Promise<Outcome> {
  if (begun.decision === 'done') return isDone('an operator said that it was done');
  if (begun.decision === 'not-done') return go(begun.attempt + 1);
  const evidence = await seen(begun.effect === 'once' ? committed(at, begun, manner) : overWith(at, begun, manner));
  if (evidence === 'done') return isDone('it was committed before the run was cut off');
  // What a look can tell is done under new names: under the old ones the host would only say how it ended before.
  const attempt = begun.effect === 'once' ? begun.attempt : begun.attempt + 1;
  const outcome = stillOpen(evidence ?? (await go(attempt)));
  const reason = outcome.failure?.details?.['reason'];
  return outcome.halt === 'in-doubt' && forAPerson.has(reason) ? askPerson(at, begun, outcome, go) : outcome;
}

/** A look that failed says nothing of what was begun. */
async function seen<T>(looking: Promise<T>): Promise<T | Outcome> {
  try {
    return await looking;
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const outcome = worldOutcome(error);
    return outcome.halt === 'failed' ? inDoubt(outcome) : outcome;
  }
}

/** That nothing was delivered is true of this life only: what an earlier one began there is as unknown as before. */
function stillOpen(outcome: Outcome): Outcome {
  if (outcome.halt !== 'unreachable' && outcome.halt !== 'interrupted') return outcome;
  return inDoubt(outcome, 'what was begun there before is not known to have ended');
}

/**
 * The outcome of what was begun before; a failure that is none of the command or transaction itself (a right that is
 * missing now, an argument that cannot be told any more) says nothing of it.
 */
export function verdictOn(begun: OpenIntent, outcome: Outcome): Outcome {
  if (begun.effect !== 'once' || outcome.halt !== 'failed') return outcome;
  const details = outcome.failure?.details ?? {};
  const isItsOwn = (details['rc'] !== undefined || details['code'] !== undefined) && details['reason'] !== 'become';
  const isAnother = outcome.attempt !== undefined && outcome.attempt !== begun.attempt;
  if (isItsOwn || isAnother) return outcome;
  return inDoubt(outcome, 'what was begun before is still unknown');
}

/** The outcome as one that says nothing of what was begun, and why. */
function inDoubt(outcome: Outcome, why?: string): Outcome {
  const doubt: Outcome = { ...outcome, status: 'in-doubt', halt: 'in-doubt' };
  if (why === undefined) return doubt;
  return { ...doubt, failure: { ...outcome.failure, message: `${outcome.failure?.message ?? ''}; ${why}` } };
}

function isDone(message: string): Outcome {
  return {
    status: 'changed',
    message,
    result: mapOf([
      ['changed', true],
      ['failed', false],
      ['skipped', false],
      ['msg', message],
    ]),
  };
}

/** Whether the last transaction that was about to be committed was. */
async function committed(
  at: Attempt,
  { commits }: OpenIntent,
  manner: FullManner,
): Promise<'done' | Outcome | undefined> {
  const last = commits.at(-1);
  if (last === undefined) return undefined;
  const session = at.context.session(manner.session);
  const outcome = await session.withDatabase(last.database, (database) => database.outcome(last.mark));
  if (outcome === 'committed') return 'done';
  if (outcome === 'aborted') return undefined;
  return worldOutcome(
    new WorldError('in-doubt', `nobody can say whether the transaction in \`${last.database}\` was committed`, {
      hint: 'look at the data',
      details: { reason: 'commit-unknown', ...(last.mark.xid === null ? {} : { transaction: last.mark.xid }) },
    }),
  );
}

const pauseMs = 1_000;

/** Waits for commands of the begun attempt that still run: a look before their end would see half of their work. */
async function overWith(at: Attempt, begun: OpenIntent, manner: FullManner): Promise<Outcome | undefined> {
  const { context } = at;
  const { clock, draining } = context.input.world;
  const run = context.input.id;
  const prefix = claimPrefix(at.key, begun.attempt);
  const query = { run, prefix, ...(manner.become === undefined ? {} : { become: manner.become }) };
  for (let told = false; ; told = true) {
    const states = await context.session(manner.session).withConnection((connection) => connection.claims(query));
    const running = states.filter(({ state }) => state === 'running');
    if (running.length === 0) return undefined;
    if (!told)
      await context.say({
        type: 'run.warned',
        message: `waiting for what \`${at.task.name.text}\` began on \`${manner.session}\``,
      });
    if (clock.monotonicMs() > manner.deadlineMs) return stillRunning(at, 'in-doubt');
    if (draining.aborted) return stillRunning(at, 'interrupted');
    await clock.sleep(pauseMs, draining);
  }
}

function stillRunning({ state }: Attempt, halt: 'in-doubt' | 'interrupted'): Outcome {
  const message = `what was begun before is still running on \`${state.host.name}\``;
  return failedOutcome({ message, hint: 'resume again when it has ended' }, halt);
}

/** Asks the operator what became of it, and keeps the answer with the evidence that was shown. */
async function askPerson(
  at: Attempt,
  begun: OpenIntent,
  doubt: Outcome,
  go: (attempt: number) => Promise<Outcome>,
): Promise<Outcome> {
  const { context, task, state } = at;
  const host = state.host.name;
  const question: Question = {
    host,
    title: `What became of: ${task.name.text}${at.item === undefined ? '' : ` (item=${task.noLog ? '(hidden)' : at.item})`}`,
    text: `${doubt.failure?.message ?? ''}\nLook at \`${host}\`. If it was done, type \`${host} done\`: it will not be run again. If it was not, type \`${host} not done\`: it will be run.`,
    steps: [],
    expect: `${host} done`,
    otherwise: [`${host} not done`],
  };
  const typed = await context.decide(question);
  if (typed.kind === 'nobody') return waiting(at, question);
  if (typed.kind === 'declined') return doubt;
  const decision = typed.typed === question.expect ? 'done' : 'not-done';
  await context.say({
    type: 'task.decided',
    task: task.id,
    ...at.key,
    attempt: begun.attempt,
    decision,
    by: typed.by,
    typed: typed.typed,
  });
  return decision === 'done' ? isDone('an operator said that it was done') : go(begun.attempt + 1);
}

function waiting({ context, task }: Attempt, { expect, otherwise = [] }: Question): Outcome {
  const answers = [expect, ...otherwise].map((each) => `\`playbook resume ${context.input.id} --confirm '${each}'\``);
  return failedOutcome(
    {
      message: `nobody knows what became of \`${task.name.text}\`, and there is no terminal to ask on`,
      hint: `look at the host, then answer with ${answers.join(' or ')}`,
    },
    'waiting',
  );
}
