// What the ways to run a command have in common: a process somewhere, seen through its streams and its end.
import type { ExecRequest, Outcome } from '../core/connection.js';

/** How a process ended, as its way saw it; `lost` means that nobody said. */
export type Ending =
  | { readonly kind: 'exit'; readonly rc: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly reason: string; readonly linkLost: boolean };

/** Who listens to a process; set before anything can come. */
export interface ProcessListener {
  onData(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
}

/** A process that was started, here or far away. */
export interface RunningProcess {
  /** Resolves with the exit status, or with the loss of it; never rejects. */
  readonly exited: Promise<Ending>;
  /** Resolves when nothing more can come; never rejects. */
  readonly closed: Promise<'closed'>;
  /** Resolves when more can be taken, or when nothing more ever will be; never rejects. */
  write(bytes: Uint8Array): Promise<void>;
  /** Whether all of its standard output was read to the end; never rejects. */
  readonly outputEnded: Promise<boolean>;
  /** Stops reading its standard output, so that it waits, or goes on with it. */
  pauseOutput(): void;
  resumeOutput(): void;
  /** Ends its standard input. */
  end(): void;
  /** Sends a signal the best way there is, without a promise. */
  signal(name: 'TERM' | 'KILL'): void;
  /** Lets go of it. */
  close(): void;
}

/** A way to start processes on a host. */
export interface Launcher {
  readonly host: string;
  /** Where the host keeps who holds it and what was started there. */
  readonly stateDirectory: string;
  /** Starts a program; rejects with a WorldError when it certainly was not started. Urgent ones do not wait in line. */
  launch(words: readonly string[], listener: ProcessListener, urgent: boolean): Promise<RunningProcess>;
}

/** A host as our own scripts ask it. */
export interface AskedHost {
  readonly host: string;
  readonly stateDirectory: string;
  exec(request: ExecRequest): Promise<Outcome>;
}
