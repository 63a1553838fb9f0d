// What is long under way tells how far it is.
import type { Clock } from '../core/clock.js';

const progressMs = 1000;

/** Tells of bytes that have passed, at most once a second. */
export function paced(clock: Clock, tell: ((bytes: number) => void) | undefined): (bytes: number) => void {
  let saidAtMs = clock.monotonicMs();
  return (bytes) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - saidAtMs < progressMs) return;
    saidAtMs = nowMs;
    tell?.(bytes);
  };
}

const partBytes = 256 * 1024;

/** Content in parts, as fast as they are taken; `tell` is given how much of it was. */
export function inParts(content: Uint8Array, tell: (bytes: number) => void): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < content.length; at += partBytes) {
        tell(at);
        yield content.subarray(at, at + partBytes);
      }
    },
  };
}
