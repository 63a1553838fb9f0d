// The road from a run's journal back into the run: the same words, the same input or none, and one process at a time.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Stamped } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { Past } from '../core/past.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { parseCliVariables } from '../load/cli-variables.js';
import { withVault } from '../load/vault/open.js';
import { aliveAs } from '../journal/alive.js';
import { reopenJournal } from '../journal/append.js';
import { runsDirectory } from '../journal/directory.js';
import { readJournal } from '../journal/read.js';
import type { Journalled } from '../journal/read.js';
import { askPasswords } from './ask-passwords.js';
import type { ResumeFlags } from './commands/resume.js';
import { execute } from './execute.js';
import { findRun } from './find-run.js';
import { tell } from './io.js';
import type { Io } from './io.js';
import { editOf } from './edit.js';
import { digestKeyOf, journalFormat } from './life.js';
import { loadForRun } from './load-for-run.js';
import { overridesOf } from './run-flags.js';
import type { RunFlags } from './run-flags.js';
import { withSecretsOf } from './vault-passwords.js';

type Opening = Stamped & { readonly type: 'run.opened' };

/** Goes on with a run. Throws a JournalError when its journal cannot be trusted. */
export async function resumeRun(io: Io, run: string, given: ResumeFlags): Promise<ExitCode> {
  const found = findRun(run, runsDirectory(io.environment));
  if (!found.ok) return tell(io, found.problems);
  using right = await aliveAs(found.value.path);
  if (right === undefined) return tellAs(io, exitCode.locked, isAlive(run));
  // Only who has the right may trust what it read: until then another process may still have written.
  const journalled = readJournal(run, runsDirectory(io.environment));
  const opening = openingOf(run, journalled);
  if (!opening.ok) return tell(io, opening.problems);
  const end = endOf(run, journalled);
  if (end !== undefined) return tell(io, [end]);
  // Awaited here: `using` would give the right back before the run is over.
  return await goOn(
    { ...io, directory: opening.value.invocation.directory },
    run,
    given,
    journalled,
    opening.value,
    right,
  );
}

async function goOn(
  process: Io,
  run: string,
  given: ResumeFlags,
  journalled: Journalled,
  opening: Opening,
  right: Disposable,
): Promise<ExitCode> {
  const { invocation } = opening;
  const flags = flagsOf(invocation, given);
  if (flags.step === true && !process.stdin.isTTY) return tell(process, [noTerminal(run)]);
  const opened = await withSecretsOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const said = withVault(io.vault, () => parseCliVariables(given.extraVars ?? [], { cwd: io.directory }));
  if (!said.ok) return tell(io, said.problems);
  const missing = invocation.withheld.filter((name) => !said.value.some((each) => each.name === name));
  if (missing.length > 0) return tell(io, [secretNeeded(run, missing)]);
  const passwords = await askPasswords(io, { ssh: flags.askPass === true, become: flags.askBecomePass === true });
  if (!passwords.ok) return tell(io, passwords.problems);
  const read = loadForRun(io, invocation.playbooks, flags, { ...overridesOf(flags), ...passwords.value });
  if (!read.ok) return tell(io, read.problems);
  const key = digestKeyOf(io, run);
  if (key === undefined) return tellAs(io, exitCode.stale, noKey(run));
  const past = new Past(journalled.events);
  const edit = editOf(io, read.value, key, { opening, journalled, past });
  if (edit.changes.length > 0 && given.acceptEdits !== true)
    return tellAs(io, exitCode.stale, isStale(run, edit.changes));
  if (edit.objections.length > 0) return tellAs(io, exitCode.stale, cannotBeEdited(run, edit.objections));
  // The numbers of a run's lives only grow, also when a life ended before it could say its own.
  const life = {
    journal: reopenJournal(journalled),
    number: past.number + 1,
    right,
    past,
    ...(edit.event === undefined ? {} : { opening: edit.event }),
  };
  const drift = given.acceptDrift === true ? 'accepted' : 'refused';
  return execute(io, read.value.loaded, flags, () => Promise.resolve(life), { id: run, drift });
}

function flagsOf(
  { flags }: Opening['invocation'],
  { extraVars = [], confirm, verbose, output, ...vault }: ResumeFlags,
): RunFlags {
  // The border to the journal: these are the flags that we wrote down.
  const before = flags as unknown as RunFlags;
  const { output: _, verbose: __, ...rest } = before;
  return {
    ...rest,
    extraVars: [...(before.extraVars ?? []), ...extraVars],
    ...vault,
    ...(confirm === undefined ? {} : { confirm }),
    ...(verbose === undefined ? {} : { verbose }),
    ...(output === undefined ? {} : { output }),
  };
}

/** What stands first in a journal; a problem when it cannot be gone on with. */
export function openingOf(run: string, { events }: Journalled): Result<Opening> {
  const opening = events[0];
  if (opening?.type === 'run.opened' && opening.format === journalFormat) return ok(opening);
  const hint =
    events.length === 0 ? 'it was cut off before it began: nothing was done' : 'another version of playbook wrote it';
  return fail(error('cli/not-resumable', `run \`${run}\` cannot be gone on with`, undefined, { hint }));
}

/** Why there is nothing to go on with. */
function endOf(run: string, { events }: Journalled): Diagnostic | undefined {
  const check = events.find((event) => event.type === 'run.started')?.check === true;
  if (check) return nothing(run, 'it only checked', 'run it again: a check changes nothing');
  const unlocked = events.findLast((event) => event.type === 'run.unlocked');
  if (unlocked !== undefined)
    return nothing(
      run,
      `it was given up by ${unlocked.by} at ${unlocked.at}`,
      'start a new run: it looks at everything again',
    );
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.resumed');
  if (last?.type !== 'run.finished') return undefined;
  if (last.exitCode === exitCode.done) return nothing(run, 'it is done', 'start a new run if you want it once more');
  if (last.standing?.resumable !== false) return undefined;
  return nothing(run, `it ended with exit code ${last.exitCode}`, 'start a new run: it looks at everything again');
}

function nothing(run: string, why: string, hint: string): Diagnostic {
  return error('cli/nothing-to-resume', `there is nothing to go on with in run \`${run}\`: ${why}`, undefined, {
    hint,
  });
}

function isAlive(run: string): Diagnostic {
  const hint = 'wait for it, or end it first';
  return error('cli/run-is-alive', `a process of this machine works on run \`${run}\``, undefined, { hint });
}

function noTerminal(run: string): Diagnostic {
  const hint = 'resume it in a terminal';
  return error('cli/no-terminal', `run \`${run}\` asks before each task, and there is no terminal`, undefined, {
    hint,
  });
}

function noKey(run: string): Diagnostic {
  const hint = 'the `.key` file beside its journal is missing; start a new run, which looks at everything again';
  return error('cli/stale-run', `nobody can tell whether the input of run \`${run}\` is the same`, undefined, { hint });
}

function isStale(run: string, changes: readonly string[]): Diagnostic {
  const shown = changes.slice(0, 20).map((each) => `\n    ${each}`);
  const more = changes.length > 20 ? `\n    and ${changes.length - 20} more` : '';
  return error('cli/stale-run', `the input of run \`${run}\` has changed since:${shown.join('')}${more}`, undefined, {
    hint: `take the changes back, or go on with \`playbook resume ${run} --accept-edits\` if nothing that was begun is another now, or give the run up with \`playbook unlock ${run}\` and start a new one`,
  });
}

function cannotBeEdited(run: string, objections: readonly string[]): Diagnostic {
  const shown = objections.slice(0, 20).map((each) => `\n    ${each}`);
  const more = objections.length > 20 ? `\n    and ${objections.length - 20} more` : '';
  return error('cli/edit-refused', `run \`${run}\` cannot go on with these edits:${shown.join('')}${more}`, undefined, {
    hint: `take back what is named here, or give the run up with \`playbook unlock ${run}\` and start a new one`,
  });
}

function secretNeeded(run: string, names: readonly string[]): Diagnostic {
  const words = names.map((name) => `-e ${name}=...`).join(' ');
  return error(
    'cli/secret-needed',
    `run \`${run}\` was given ${names.map((name) => `\`${name}\``).join(', ')} with \`-e\`, which is not written down`,
    undefined,
    { hint: `give it again: \`playbook resume ${run} ${words}\`` },
  );
}

function tellAs(io: Io, code: ExitCode, problem: Diagnostic): ExitCode {
  tell(io, [problem]);
  return code;
}
