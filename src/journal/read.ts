// Reads runs back: for the list of runs, and to tell a run again through a reporter.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stamped } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import { isMap } from '../core/value.js';
import { nearest } from '../core/words.js';
import { runsDirectory } from './directory.js';
import { JournalError, codeOf, reasonOf } from './problem.js';

/** There is no journal of that name: a wrong word of the operator, not a broken disk. */
export class UnknownRun extends JournalError {}

const suffix = '.jsonl';

/** One run in short. */
export interface RunSummary {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly playbook: string;
  readonly check: boolean;
  /** Nothing while it runs, or when it was cut off. */
  readonly exitCode?: number;
}

/** The events of a run. A last line that was cut off by a crash is left out; any other broken line throws a JournalError. */
export function readRun(runId: string, directory: string = runsDirectory(process.env)): readonly Stamped[] {
  const path = join(directory, `${runId}${suffix}`);
  return parse(path, textOf(runId, path, directory));
}

/** Every run of the directory, the newest first. A file that is no journal is left out. */
export function listRuns(directory: string = runsDirectory(process.env)): readonly RunSummary[] {
  const summaries = runIds(directory).flatMap((id) => {
    try {
      return [summaryOf(id, readRun(id, directory))];
    } catch (problem) {
      if (problem instanceof JournalError) return [];
      throw problem;
    }
  });
  return summaries.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
}

function summaryOf(id: string, events: readonly Stamped[]): RunSummary {
  const started = events.find((event) => event.type === 'run.started');
  const finished = events.findLast((event) => event.type === 'run.finished');
  return {
    id,
    startedAt: events[0]?.at ?? '',
    playbook: started?.playbook ?? '',
    check: started?.check ?? false,
    ...(finished === undefined ? {} : { exitCode: finished.exitCode }),
  };
}

function runIds(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new JournalError(`the journal directory \`${directory}\` cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function textOf(runId: string, path: string, directory: string): string {
  const known = runIds(directory);
  if (!known.includes(runId)) {
    const near = nearest(runId, known);
    throw new UnknownRun(`no run \`${runId}\` in \`${directory}\``, {
      hint: near === undefined ? '`playbook runs` lists them' : `did you mean \`${near}\`?`,
    });
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new JournalError(`the journal \`${path}\` cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function parse(path: string, text: string): readonly Stamped[] {
  const lines = text.split('\n');
  // What stands after the last line end was being written when the process died.
  return lines.slice(0, -1).map((line, at) => {
    const event = parseLine(line, at + 1);
    if (event === undefined) {
      throw new JournalError(`the journal \`${path}\` is corrupt at line ${at + 1}`, {
        hint: 'a file that was changed by hand or a broken disk: look at it before you trust it',
      });
    }
    return event;
  });
}

function parseLine(line: string, seq: number): Stamped | undefined {
  try {
    const event: unknown = JSON.parse(line);
    if (!isMap(event) || event['v'] !== 1 || event['seq'] !== seq || typeof event['type'] !== 'string')
      return undefined;
    // The border to the disk: version and sequence prove that we wrote it.
    return event as unknown as Stamped;
  } catch {
    return undefined;
  }
}

/** The name of an exit code, for the list of runs. */
export function resultOf({ exitCode: code }: RunSummary): string {
  if (code === undefined) return 'cut off';
  const names: Readonly<Record<string, string>> = {
    done: 'done',
    failed: 'failed',
    changesPending: 'changes pending',
    preflightRefused: 'refused before the start',
    unreachable: 'unreachable',
    inDoubt: 'in doubt',
    waiting: 'waiting for an answer',
    bug: 'ended by a bug or a full disk',
    interrupted: 'interrupted',
  };
  const name = Object.entries(exitCode).find(([, value]) => value === code)?.[0];
  return (name === undefined ? undefined : names[name]) ?? `exit code ${code}`;
}
