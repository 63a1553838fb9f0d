// One event a line, for scripts: exactly what the journal holds, written so that a terminal may show it too.
import type { Reporter } from '../core/event.js';
import type { ReporterOptions } from './options.js';
import { safeJson } from './text.js';

/** Makes the reporter of JSON lines. */
export function jsonl({ terminal }: ReporterOptions): Reporter {
  return {
    async report(events) {
      for await (const event of events) terminal.write(`${safeJson(event)}\n`);
    },
  };
}
