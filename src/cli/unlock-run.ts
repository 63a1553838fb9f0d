// Giving a run up. The hosts are taken away from it first, and what it still does in databases is ended after that, so that
// nothing of it can happen once this has said so; what still runs on the hosts is told.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { Connection, Target } from '../core/connection.js';
import type { ClaimState } from '../core/hold.js';
import { Past } from '../core/past.js';
import { andThen, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { WorldError } from '../core/world-error.js';
import { createConnector } from '../connect/index.js';
import { aliveAs } from '../journal/alive.js';
import { reopenJournal } from '../journal/append.js';
import { runsDirectory } from '../journal/directory.js';
import { JournalError } from '../journal/problem.js';
import { UnknownRun, readJournal } from '../journal/read.js';
import type { Journalled } from '../journal/read.js';
import { clock } from './clock.js';
import type { UnlockFlags } from './commands/unlock.js';
import { halfDone } from './half-done.js';
import { complain, printLines, tell, whoAmI } from './io.js';
import type { Io } from './io.js';
import { loadAll } from './load-all.js';
import { withGivenAnswers } from './given-answers.js';
import { openingOf } from './resume-run.js';
import { overridesOf } from './run-flags.js';
import type { RunFlags } from './run-flags.js';
import { withSecretsOf } from './vault-passwords.js';
import { terminalOperator } from './wire.js';

/** A number that no run was taken up as often as, so that all sessions of the run count as earlier ones. */
const lastNumber = 1_000_000;

/** Gives a run up on all its hosts. */
export async function unlockRun(process: Io, run: string, flags: UnlockFlags): Promise<ExitCode> {
  const journalled = journalOf(process, run);
  const opened = await withVaultAsBefore(process, run, flags, journalled);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const half = halfDone(journalled?.events ?? []);
  if (half.length > 0 && flags.iAcceptHalfState !== true) {
    tell(io, [goesForwardOnly(run, half)]);
    return exitCode.stale;
  }
  const targets = targetsOf(io, run, flags, journalled);
  if (!targets.ok) return tell(io, targets.problems);
  const names = targets.value.map(({ host }) => host).join(', ');
  const answer = await withGivenAnswers(terminalOperator(io), flags.confirm ?? [], whoAmI()).ask(
    {
      host: names,
      title: `Give up run ${run}`,
      text: [
        'What it began may be half done, and nobody will go on with it. It can never act again, and its hosts are free for others.',
        ...half,
      ].join('\n'),
      steps: [],
      expect: run,
    },
    new AbortController().signal,
  );
  if (answer.kind === 'nobody') {
    const hint = `\`playbook unlock ${run} --confirm ${run}\``;
    tell(io, [error('cli/no-terminal', 'there is no terminal to ask on', undefined, { hint })]);
    return exitCode.waiting;
  }
  if (answer.kind === 'declined') return exitCode.failed;
  const told = await Promise.all(targets.value.map((target) => giveUp(io, run, target)));
  printLines(
    io,
    told.flatMap((each) => each.lines),
  );
  if (told.some((each) => each.free)) await writeDown(run, runsDirectory(io.environment), journalled, half);
  return told.every((each) => each.free) ? exitCode.done : exitCode.unreachable;
}

function goesForwardOnly(run: string, half: readonly string[]): Diagnostic {
  const message = `run \`${run}\` is past its point of no return and not done; to give it up leaves this half done:`;
  return error('cli/half-done', `${message}${half.map((each) => `\n    ${each}`).join('')}`, undefined, {
    hint: `go on with \`playbook resume ${run}\`; if somebody takes it from here by hand, add \`--i-accept-half-state\``,
  });
}

/** The vault passwords that the run was started with; those that are given now come from where somebody stands now. */
function withVaultAsBefore(
  io: Io,
  run: string,
  { vaultPasswordFile, vaultId, askVaultPass, ageIdentityFile }: UnlockFlags,
  journalled: Journalled | undefined,
): Promise<Result<Io>> {
  const given = { vaultPasswordFile, vaultId, askVaultPass, ageIdentityFile };
  if (Object.values(given).some((each) => each !== undefined && each !== false)) return withSecretsOf(io, given);
  const opening = journalled === undefined ? undefined : openingOf(run, journalled);
  if (opening?.ok !== true) return withSecretsOf(io, {});
  const { directory, flags } = opening.value.invocation;
  const there = withSecretsOf({ ...io, directory }, flags);
  return there.then((opened) => andThen(opened, (found) => ok({ ...found, directory: io.directory })));
}

function journalOf(io: Io, run: string): Journalled | undefined {
  try {
    return readJournal(run, runsDirectory(io.environment));
  } catch (thrown) {
    if (!(thrown instanceof JournalError)) throw thrown;
    // A run whose journal cannot be trusted can still be given up, on the hosts of an inventory.
    if (!(thrown instanceof UnknownRun)) complain(io, thrown.message, thrown.hint);
    return undefined;
  }
}

/** The hosts of the run: those that its journal names, else all of the inventory. */
function targetsOf(
  io: Io,
  run: string,
  { inventory }: UnlockFlags,
  journalled: Journalled | undefined,
): Result<readonly Target[]> {
  const opening = journalled === undefined ? undefined : openingOf(run, journalled);
  const before = opening?.ok === true ? opening.value.invocation : undefined;
  const flags = (before?.flags ?? {}) as Partial<RunFlags>;
  const files = inventory ?? flags.inventory;
  const loaded = loadAll(before === undefined ? io : { ...io, directory: before.directory }, {
    playbooks: [],
    overrides: overridesOf(flags),
    ...(files === undefined ? {} : { inventory: files }),
    ...(flags.extraVars === undefined ? {} : { extraVars: flags.extraVars }),
  });
  if (!loaded.ok) return loaded;
  const started = journalled?.events.find((event) => event.type === 'run.started');
  const held = journalled === undefined ? new Set<string>() : new Past(journalled.events).held;
  const hosts = [...loaded.value.inventory.hosts.values()].filter(
    ({ name }) => started === undefined || started.hosts.includes(name) || held.has(name),
  );
  const targets = hosts.flatMap((host) => {
    const target = loaded.value.target(host, loaded.value.inventory.scopeOf(host));
    return target.ok ? [target.value] : [];
  });
  return ok(targets);
}

interface Given {
  readonly lines: readonly string[];
  /** False when the host could not be asked. */
  readonly free: boolean;
}

async function giveUp(io: Io, run: string, target: Target): Promise<Given> {
  const connector = createConnector({
    acceptNewHostKeys: false,
    environment: io.environment,
    applicationName: whoAmI(),
    run: { run, number: lastNumber },
  });
  const { signal } = new AbortController();
  try {
    await using connection = await connector.connect(target, signal);
    const before = await connection.hold({ kind: 'look' });
    const at = new Date(clock.now()).toISOString();
    const { holder } = await connection.hold({ kind: 'break', run, by: whoAmI(), at });
    const lines = [standing(target.host, run, before.holder?.run, holder?.run)];
    for (const { name } of await runningClaims(connection, run, target))
      lines.push(`${target.host}: a command of it still runs there (${name})`);
    if (target.postgres.password !== undefined)
      lines.push(...(await endSessions(connector, connection, target, signal)));
    return { lines, free: true };
  } catch (thrown) {
    if (!(thrown instanceof WorldError)) throw thrown;
    complain(io, thrown.message, thrown.hint);
    return { lines: [`${target.host}: could not be asked; it stays with the run`], free: false };
  }
}

/** What of the run still runs on a host, as the login user and as the one that it becomes. */
async function runningClaims(connection: Connection, run: string, { become }: Target): Promise<readonly ClaimState[]> {
  const own = await connection.claims({ run, prefix: '' });
  const others = become.enabled ? await connection.claims({ run, prefix: '', become }) : [];
  return [...own, ...others].filter(({ state }) => state === 'running');
}

function standing(host: string, run: string, before: string | undefined, now: string | undefined): string {
  if (before === run) return `${host}: free`;
  return now === undefined ? `${host}: nobody held it` : `${host}: held by run ${now}, which was left alone`;
}

async function endSessions(
  connector: ReturnType<typeof createConnector>,
  connection: Awaited<ReturnType<ReturnType<typeof createConnector>['connect']>>,
  target: Target,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const open = () => Promise.resolve(connection);
    await using database = await connector.database(target, open, target.postgres.database, signal);
    const ended = await database.endEarlierSessions();
    return ended === 0 ? [] : [`${target.host}: ${ended} of its database sessions ended`];
  } catch (thrown) {
    if (!(thrown instanceof WorldError)) throw thrown;
    return [`${target.host}: its database could not be asked for sessions of the run: ${thrown.message}`];
  }
}

/** Says so in the run's own journal, unless its process is alive and writes there itself. */
async function writeDown(
  run: string,
  directory: string,
  journalled: Journalled | undefined,
  half: readonly string[],
): Promise<void> {
  if (journalled === undefined || !journalled.sealed) return;
  using right = await aliveAs(journalled.path);
  if (right === undefined) return;
  // Read again: until now a process of the run may have written more.
  const journal = reopenJournal(readJournal(run, directory));
  try {
    const at = new Date(clock.now()).toISOString();
    const accepted = half.length === 0 ? {} : { halfDone: half };
    await journal.append({ v: 1, seq: journal.length + 1, at, run, type: 'run.unlocked', by: whoAmI(), ...accepted });
  } finally {
    journal.close();
  }
}
