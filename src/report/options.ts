// What a reporter is given when it is made; the events come later, live or from a journal.
import type { RowStreams } from './row.js';
import type { Terminal } from './terminal.js';
import type { Theme } from './theme.js';

/** How and where a reporter writes. */
export interface ReporterOptions {
  readonly terminal: Terminal;
  readonly theme: Theme;
  /** True for output of commands and messages of tasks that changed nothing. */
  readonly verbose: boolean;
  /** The terminal that a live row is drawn on; without it only finished lines are written. */
  readonly live?: RowStreams;
}
