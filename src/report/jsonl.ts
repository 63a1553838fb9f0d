// One event a line, for scripts: exactly what the journal holds.
import type { Reporter } from '../core/event.js';
import type { ReporterOptions } from './options.js';

/** Makes the reporter of JSON lines. */
export function jsonl({ terminal }: ReporterOptions): Reporter {
  return {
    async report(events) {
      for await (const event of events) terminal.write(`${JSON.stringify(event)}\n`);
    },
  };
}
