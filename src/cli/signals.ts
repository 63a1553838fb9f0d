// What Ctrl-C means: first finish what runs and start nothing new, then stop waiting, then leave.
// A terminal that is closed, or a machine that shuts down, is like the first Ctrl-C: a run never dies silently.
import { setMaxListeners } from 'node:events';
import { exitCode } from '../core/exit.js';

/** The two ways in which a run is told to end. */
export interface Interrupts extends Disposable {
  /** Nothing new starts; what runs is awaited. */
  readonly draining: AbortSignal;
  /** What runs is not awaited any longer. */
  readonly stopping: AbortSignal;
  /** One step further: as if the signal had come. */
  interrupt(): void;
  /** Drains without a signal, as when the journal cannot be written. */
  drain(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens to the signals of this process until disposed; `say` tells the operator what happens. */
export function listenToSignals(say: (words: string) => void): Interrupts {
  const draining = new AbortController();
  const stopping = new AbortController();
  // Every connection and every wait listens, and Node takes more than ten of them for a leak.
  setMaxListeners(0, draining.signal, stopping.signal);
  const interrupt = (): void => {
    if (!draining.signal.aborted) {
      draining.abort();
      say('interrupted: what runs is awaited, nothing new starts (Ctrl-C again to stop waiting)');
    } else if (!stopping.signal.aborted) {
      stopping.abort();
      say('interrupted again: not waiting; tasks that were under way are in doubt (Ctrl-C again to leave at once)');
    } else process.exit(exitCode.interrupted);
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    draining: draining.signal,
    stopping: stopping.signal,
    interrupt,
    drain: () => draining.abort(),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
