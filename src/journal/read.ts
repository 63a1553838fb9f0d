// Reads runs back: for the list of runs, and to tell a run again through a reporter.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stamped } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import { nearest } from '../core/words.js';
import { runsDirectory } from './directory.js';
import { JournalError, codeOf, reasonOf } from './problem.js';
import { beginning, isUnsealed, opened, parsed } from './seal.js';

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

/** A journal as it was found. */
export interface Journalled {
  readonly path: string;
  readonly events: readonly Stamped[];
  /** The hash that the next record carries. */
  readonly hash: string;
  /** How many bytes its whole records take; what follows was cut off by a crash. */
  readonly wholeBytes: number;
  /** False for one that an older playbook wrote. */
  readonly sealed: boolean;
}

/** The journal of a run. A last record that was cut off by a crash is left out; any other damage throws a JournalError. */
export function readJournal(runId: string, directory: string = runsDirectory(process.env)): Journalled {
  const path = join(directory, `${runId}${suffix}`);
  return parse(path, bytesOf(runId, path, directory));
}

/** The events of a run. */
export function readRun(runId: string, directory: string = runsDirectory(process.env)): readonly Stamped[] {
  return readJournal(runId, directory).events;
}

/** Every run of the directory, the newest first. A file that is no journal is left out. */
export function listRuns(directory: string = runsDirectory(process.env)): readonly RunSummary[] {
  const summaries = runIds(directory).flatMap((id) => {
    try {
      const events = readRun(id, directory);
      // A run that died before its first record has done nothing.
      return events.length === 0 ? [] : [summaryOf(id, events)];
    } catch (problem) {
      if (problem instanceof JournalError) return [];
      throw problem;
    }
  });
  return summaries.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
}

/** A run in short. */
export function summaryOf(id: string, events: readonly Stamped[]): RunSummary {
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

function bytesOf(runId: string, path: string, directory: string): Buffer {
  const known = runIds(directory);
  if (!known.includes(runId)) {
    const near = nearest(runId, known);
    throw new UnknownRun(`no run \`${runId}\` in \`${directory}\``, {
      hint: near === undefined ? '`playbook runs` lists them' : `did you mean \`${near}\`?`,
    });
  }
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new JournalError(`the journal \`${path}\` cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function parse(path: string, bytes: Buffer): Journalled {
  const { lines, rest } = linesOf(bytes);
  const first = lines[0];
  if (first !== undefined && isUnsealed(first.text)) return parseUnsealed(path, lines);
  const events: Stamped[] = [];
  let [hash, wholeBytes] = [beginning, 0];
  for (const { text, end } of lines) {
    const found = opened(text, hash, events.length + 1);
    if (found === undefined) throw corrupt(path, events.length + 1, wholeBytes);
    events.push(found.event);
    ({ hash } = found);
    wholeBytes = end;
  }
  // What a crash cut off is the beginning of a record. A whole one whose end was flipped is something else.
  if (opened(rest.slice(0, -1), hash, events.length + 1) !== undefined)
    throw corrupt(path, events.length + 1, wholeBytes);
  return { path, events, hash, wholeBytes, sealed: true };
}

interface Line {
  readonly text: string;
  /** Bytes up to and with its end. */
  readonly end: number;
}

/** Whole lines, and what stands after the last line end: that was being written when the process died. */
function linesOf(bytes: Buffer): { readonly lines: readonly Line[]; readonly rest: string } {
  const lines: Line[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    const line = bytes.subarray(start, end);
    const text = line.toString('utf8');
    // A flipped byte must not hide behind the character that stands for what is no UTF-8.
    lines.push({ text: line.equals(Buffer.from(text)) ? text : '', end: end + 1 });
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start).toString('utf8') };
}

/** Journals of the time before records were sealed can be told again, and not gone on with. */
function parseUnsealed(path: string, lines: readonly Line[]): Journalled {
  const events = lines.map(({ text }, at) => {
    const event = parsed(text);
    if (event === undefined || event['v'] !== 1 || event['seq'] !== at + 1)
      throw corrupt(path, at + 1, lines[at - 1]?.end ?? 0);
    // The border to the disk: version and sequence prove that we wrote it.
    return event as unknown as Stamped;
  });
  return { path, events, hash: beginning, wholeBytes: lines.at(-1)?.end ?? 0, sealed: false };
}

function corrupt(path: string, seq: number, offset: number): JournalError {
  return new JournalError(`the journal \`${path}\` is corrupt at record ${seq} (byte ${offset})`, {
    hint: 'a file that was changed by hand, or a broken disk: look at it before you trust it',
  });
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
    locked: 'held by another run',
    stale: 'not its own any more',
    waiting: 'waiting for an answer',
    bug: 'ended by a bug or a full disk',
    interrupted: 'interrupted',
  };
  const name = Object.entries(exitCode).find(([, value]) => value === code)?.[0];
  return (name === undefined ? undefined : names[name]) ?? `exit code ${code}`;
}
