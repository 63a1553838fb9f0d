// Nothing in this room waits for ever: a wait ends with its result, with its time, or with the operator's word to stop.
import { WorldError } from '../core/world-error.js';

/** Why a wait was given up. */
export type Stop = 'timeout' | 'abort';

/** A promise with its handles outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A promise that is settled by hand; a rejection that nobody awaits is not a crash. */
export function deferred<T>(): Deferred<T> {
  const handles: Partial<Pick<Deferred<T>, 'resolve' | 'reject'>> = {};
  const promise = new Promise<T>((resolve, reject) => Object.assign(handles, { resolve, reject }));
  promise.catch(() => undefined);
  return { promise, resolve: (value) => handles.resolve?.(value), reject: (reason) => handles.reject?.(reason) };
}

/** A limit of time and the operator's signal, as one promise that tells which came first. */
export class Deadline implements Disposable {
  /** Resolves when the wait must end; never rejects. */
  readonly stopped: Promise<Stop>;
  readonly timeoutMs: number;
  readonly #endAtMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    // setTimeout fires at once for more than 2^31 - 1 ms, and for Infinity.
    this.timeoutMs = Math.min(Math.max(timeoutMs, 0), 2_147_483_647);
    this.#endAtMs = performance.now() + this.timeoutMs;
    const stopped = deferred<Stop>();
    this.stopped = stopped.promise;
    this.#timer = setTimeout(() => stopped.resolve('timeout'), this.timeoutMs);
    this.#signal = signal;
    this.#onAbort = () => stopped.resolve('abort');
    if (signal?.aborted === true) stopped.resolve('abort');
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Milliseconds that are left, at least 1. */
  get leftMs(): number {
    return Math.max(1, Math.round(this.#endAtMs - performance.now()));
  }

  /** The promise's result, unless the deadline comes first: then what `late` makes of it is thrown. */
  async within<T>(promise: Promise<T>, late: (stop: Stop) => Error): Promise<T> {
    promise.catch(() => undefined);
    const first = await Promise.race([promise.then((value) => ({ value })), this.stopped.then((stop) => ({ stop }))]);
    if ('stop' in first) throw late(first.stop);
    return first.value;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Milliseconds as a person reads them. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** The error of an operation that was told to stop before it delivered anything. */
export function interrupted(what: string): WorldError {
  return new WorldError('interrupted', `${what} was stopped by the operator before anything was delivered`);
}

/** Resolves after the time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves after the time, without keeping the process alive for it: the loser of a race is nobody's business. */
export function quietPause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
