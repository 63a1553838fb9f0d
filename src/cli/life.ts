// One life of a run: from its start, or from where it was taken up again, to the end of the process. A run has one journal
// through all of them, and a key beside it, without which the digests in the journal tell nothing.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../core/event.js';
import type { Invocation } from '../core/invocation.js';
import type { Past } from '../core/past.js';
import { isSecretName } from '../core/redact.js';
import { parseCliVariables } from '../load/cli-variables.js';
import { withVault } from '../load/vault/open.js';
import { aliveAs } from '../journal/alive.js';
import { openJournal } from '../journal/append.js';
import type { Journal } from '../journal/append.js';
import { runsDirectory } from '../journal/directory.js';
import { JournalError, reasonOf } from '../journal/problem.js';
import { whoAmI } from './io.js';
import type { Io } from './io.js';
import type { ReadForRun } from './load-for-run.js';
import { programVersion } from './program-version.js';
import type { RunFlags } from './run-flags.js';

/** The version of what a journal holds; one of another version cannot be gone on with. */
export const journalFormat = 2;

/** A run that a process works on. */
export interface Life {
  readonly journal: Journal;
  /** Counts the lives of the run, from 1. */
  readonly number: number;
  /** The right to work on it; ends with the process. */
  readonly right: Disposable;
  readonly past?: Past;
  /** What is written down before anything else of this life. */
  readonly opening?: Event;
}

/** Begins a run: its journal and its key. Throws a JournalError. */
export async function firstLife(
  io: Io,
  id: string,
  playbooks: readonly string[],
  flags: RunFlags,
  read: ReadForRun,
): Promise<Life> {
  const journal = openJournal(id, { directory: runsDirectory(io.environment) });
  const right = await aliveAs(journal.path);
  if (right === undefined) throw new JournalError(`another process has the run \`${id}\``);
  const key = newKey(io, id, journal);
  return {
    journal,
    number: 1,
    right,
    opening: {
      type: 'run.opened',
      format: journalFormat,
      tool: programVersion(),
      by: whoAmI(),
      invocation: invocationOf(io, playbooks, flags, read),
      inputs: read.inputs(key),
      outline: read.outline(key),
    },
  };
}

function newKey(io: Io, id: string, journal: Journal): string {
  const key = randomBytes(16).toString('hex');
  try {
    writeFileSync(keyFile(io, id), `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  } catch (cause) {
    journal.close();
    throw new JournalError(`the key of the journal \`${journal.path}\` cannot be written: ${reasonOf(cause)}`, {
      hint: 'make room or set PLAYBOOK_STATE_DIR to another disk; nothing was started',
      cause,
    });
  }
}

/** The key of a run's digests; nothing when it is not there. */
export function digestKeyOf(io: Io, id: string): string | undefined {
  try {
    return readFileSync(keyFile(io, id), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function keyFile(io: Io, id: string): string {
  return join(runsDirectory(io.environment), `${id}.key`);
}

/** The words of the command line, without those that hold a secret. */
function invocationOf(io: Io, playbooks: readonly string[], flags: RunFlags, { loaded }: ReadForRun): Invocation {
  const params = loaded.playbooks.flatMap((playbook) => playbook.params.filter((param) => param.secret));
  const isSecret = (name: string): boolean => isSecretName(name) || params.some((param) => param.name === name);
  // Keys of maps within count as well.
  const holdsSecret = (word: string): boolean =>
    [...word.matchAll(/([A-Za-z_]\w*)["']?\s*[:=]/g)].some(([, name = '']) => isSecret(name));
  const shown: string[] = [];
  const withheld: string[] = [];
  for (const word of flags.extraVars ?? []) {
    const said = withVault(io.vault, () => parseCliVariables([word], { cwd: io.directory }));
    const names = said.ok ? said.value.map((each) => each.name) : [];
    if (!word.startsWith('@') && (holdsSecret(word) || io.redactor.text(word) !== word)) withheld.push(...names);
    else shown.push(word);
  }
  const { confirm: _, ...rest } = flags;
  return { directory: io.directory, playbooks, flags: { ...rest, extraVars: shown }, withheld };
}
