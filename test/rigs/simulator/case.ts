// One case of the simulator: what it depends on, what came of it, and the word that has it again.
import type { DiskFault } from './disk.js';
import type { Violation } from './invariants.js';
import { modes } from './kernel.js';
import type { Crash } from './kernel.js';
import type { SimulatedWorld } from './world.js';

/** One case: everything that it depends on. */
export interface Case {
  readonly scenario: string;
  readonly seed: number;
  readonly crashes: readonly Crash[];
  readonly faults?: readonly DiskFault[];
}

/** What came of a case. */
export interface Verdict {
  readonly case: Case;
  readonly codes: readonly string[];
  readonly violations: readonly Violation[];
  /** What happened, event by event; said only when asked for. */
  readonly trace: () => readonly string[];
}

/** What happened in a world: its events, what came of them, and the journal at the end. */
export function traceOf(world: SimulatedWorld): readonly string[] {
  const lines = [
    ...world.kernel.ticks.map(({ k, what, host, atMs }) => ({ atMs, line: `#${k} ${what} ${host ?? ''}` })),
    ...world.effects.map(({ atMs, host, label, asker }) => ({
      atMs: atMs + 0.1,
      line: `    ${host}: ${label} happened (life ${asker.runner.number}, claim ${asker.claim ?? '-'})`,
    })),
  ].toSorted((left, right) => left.atMs - right.atMs);
  const journals = [...world.disk.files].flatMap(([path, { bytes }]) => [path, bytes.toString()]);
  return [...lines.map(({ atMs, line }) => `${String(Math.floor(atMs)).padStart(8)} ms ${line}`), ...journals];
}

/** A case as one word, for the command line. */
export function replayOf({ scenario, seed, crashes, faults = [] }: Case): string {
  const parts = [...crashes.map(({ k, mode }) => `${k}-${mode}`), ...faults.map(({ call, code }) => `${call}-${code}`)];
  return `${scenario}:${seed}:${parts.join(',')}`;
}

/** The case of such a word. */
export function caseOf(word: string): Case {
  const [scenario = '', seed = '', parts = ''] = word.split(':');
  const all = parts === '' ? [] : parts.split(',').map((each) => /^(\d+)-(.+)$/.exec(each) ?? []);
  const crashes = all.flatMap(([, k, mode]) =>
    modes.filter((each) => each === mode).map((each) => ({ k: Number(k), mode: each })),
  );
  const faults = all.flatMap(([, call, code]) =>
    (['EIO', 'ENOSPC'] as const).filter((each) => each === code).map((each) => ({ call: Number(call), code: each })),
  );
  return { scenario, seed: Number(seed), crashes, faults };
}
