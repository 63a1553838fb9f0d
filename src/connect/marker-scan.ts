// Divides a stream at a line of ours: what stands before the marker is somebody's output, byte for byte, wherever the
// chunks happen to be cut.

/** More than any line of ours behind its marker is long. */
const lineLimit = 200;

/** A line of ours. */
export interface MarkedLine {
  /** The words behind the marker. */
  readonly words: readonly string[];
  /** What stands behind the line. */
  readonly rest: Uint8Array;
}

/** Looks for one marker, once. */
export class MarkerScan {
  readonly #marker: Buffer;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #held = Buffer.alloc(0);

  constructor(marker: string, onBytes: (bytes: Uint8Array) => void) {
    this.#marker = Buffer.from(marker, 'latin1');
    this.#onBytes = onBytes;
  }

  /** Hands on what cannot belong to the marker; gives the line once it is whole. */
  take(chunk: Uint8Array): MarkedLine | undefined {
    const all = Buffer.concat([this.#held, chunk]);
    const at = all.indexOf(this.#marker);
    const own = at < 0 ? all.length - this.#begun(all) : at;
    if (own > 0) this.#onBytes(all.subarray(0, own));
    this.#held = all.subarray(own);
    const end = at < 0 ? -1 : this.#held.indexOf('\n');
    if (end < 0) {
      // No line of ours is as long as that, so it is somebody's output after all.
      if (this.#held.length > lineLimit) this.#letGo();
      return undefined;
    }
    const words = this.#held.toString('latin1', this.#marker.length, end).trim().split(' ');
    return { words, rest: this.#held.subarray(end + 1) };
  }

  #letGo(): void {
    this.#onBytes(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** How many of the last bytes may be the beginning of the marker. */
  #begun(bytes: Buffer): number {
    for (let length = Math.min(this.#marker.length - 1, bytes.length); length > 0; length -= 1) {
      if (bytes.subarray(-length).equals(this.#marker.subarray(0, length))) return length;
    }
    return 0;
  }
}
