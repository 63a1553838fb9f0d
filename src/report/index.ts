// The reporters by name. A new one is a file beside these and a line here.
import type { Reporter } from '../core/event.js';
import { jsonl } from './jsonl.js';
import { lines } from './lines.js';
import type { ReporterOptions } from './options.js';

/** Names of the reporters, as `--output` takes them. */
export const outputs = ['tree', 'lines', 'jsonl'] as const;
export type Output = (typeof outputs)[number];

const factories: Readonly<Record<Output, (options: ReporterOptions) => Promise<Reporter>>> = {
  // listr2 takes its time to load, and only the tree needs it.
  tree: async (options) => (await import('./tree.js')).tree(options),
  lines: async (options) => lines(options),
  jsonl: async (options) => jsonl(options),
};

/** Makes a reporter. */
export function createReporter(output: Output, options: ReporterOptions): Promise<Reporter> {
  return factories[output](options);
}
