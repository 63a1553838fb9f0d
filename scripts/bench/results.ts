// What was measured, as docs/benchmarks.json keeps it: the page and the picture are made from nothing else.
import { existsSync, readFileSync } from 'node:fs';

/** Measurements of one peer at one work. */
export interface Figures {
  /** Whole-process wall time, a number a round. */
  readonly seconds: readonly number[];
  /** User and system time of the control node's processes. */
  readonly cpuSeconds: readonly number[];
  /** The most that the largest process of the control node had resident, in MB, of all rounds. */
  readonly largestMb: number;
  /** The most that all of them had together; what they share is counted more than once. */
  readonly togetherMb: number;
  /** What was run; `$D` is a temporary folder. */
  readonly command: string;
  /** Why there are no more measurements. */
  readonly note?: string;
}

/** One work, and what it took every peer. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** The peer that the others are compared to. */
  readonly floor: string;
  readonly at: string;
  /** What a byte took to go through a proxy and back, where hosts were put far away. */
  readonly roundTripMs?: number;
  /** The machine's load average of one minute before the row began. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, Figures>>;
}

/** Where it was measured. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
}

/** Everything. */
export interface Results {
  readonly machine: Machine;
  /** What was not there to be measured, and why. */
  readonly missing: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** Reads results; undefined when there are none yet. */
export function readResults(file: string): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined;
}

/** Puts a row in the place of an older one of the same work. What another machine has measured is not kept beside it. */
export function withRow(results: Results, row: Row, order: readonly string[]): Results {
  const rank = (id: string): number => (order.indexOf(id) + order.length + 1) % (order.length + 1);
  const rows = [...results.rows.filter(({ id }) => id !== row.id), row];
  return { ...results, rows: rows.toSorted((left, right) => rank(left.id) - rank(right.id)) };
}

/** True when figures of both may stand in one table. */
export function sameMachine(left: Machine, right: Machine): boolean {
  return left.processor === right.processor && left.cores === right.cores && left.memoryGb === right.memoryGb;
}
