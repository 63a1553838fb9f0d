// The scanner of processes, started and ended by a test.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Hit, Needle } from './canaries.js';

/** What a scan saw. */
export interface Scan {
  /** How often all processes were read. */
  readonly sweeps: number;
  /** How many command lines and environments that made. */
  readonly reads: number;
  readonly hits: readonly (Hit & { readonly command: string })[];
}

/** Looks for needles in the command lines and environments of all processes, until it is ended. */
export async function startScan(needles: readonly Needle[]): Promise<{ end(): Promise<Scan> }> {
  const scanner = new URL('./process-scanner.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [scanner], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(needles)}\n`);
  await lines.next();
  return {
    end: async () => {
      child.stdin.end();
      const { value } = (await lines.next()) as { readonly value: string };
      return JSON.parse(value) as Scan;
    },
  };
}
