// What a stream says before a shell of ours does: login shells, banners and sudo, up to the marker that nobody else knows.
import { startPattern } from './shell-command.js';

/** The most noise before the marker that is kept, and the most that is borne. */
const keptBytes = 64 * 1024;
const limitBytes = 4 * 1024 * 1024;

/** A shell that waits for its script. */
export interface Started {
  readonly pid: number;
  readonly group: number;
}

/** What the noise tells while it is read. */
export interface NoiseListener {
  /** All noise so far, each time more comes. */
  onNoise(noise: string): void;
  /** The marker came: the process and the group it leads. */
  onStart(process: Started): void;
  /** There is more of it than anyone may say. */
  onOverflow(): void;
}

/** Reads one stream up to its marker. */
export class Noise {
  readonly #marker: RegExp;
  readonly #listener: NoiseListener;
  #said = Buffer.alloc(0);
  #bytes = 0;

  constructor(marker: string, listener: NoiseListener) {
    this.#marker = new RegExp(marker + startPattern);
    this.#listener = listener;
  }

  /** What came before the marker. */
  get text(): string {
    return this.#said.toString('utf8');
  }

  /** Takes what came; gives what stands behind the marker, once that is there. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    const all = Buffer.concat([this.#said, chunk]);
    this.#bytes += chunk.length;
    // Latin-1 keeps one character a byte, so that the place of the marker is a place in the bytes.
    const match = this.#marker.exec(all.toString('latin1'));
    if (match === null) {
      this.#said = all.subarray(-keptBytes);
      if (this.#bytes > limitBytes) this.#listener.onOverflow();
      else this.#listener.onNoise(this.text);
      return undefined;
    }
    this.#said = all.subarray(0, match.index);
    this.#listener.onStart({ pid: Number(match[1]), group: Number(match[2]) });
    return all.subarray(match.index + match[0].length);
  }
}
