// One output stream of a command: what comes before the start marker is noise of login shells, banners and sudo;
// what comes after is the command's own, kept as bytes up to a limit and told line by line.
import { StringDecoder } from 'node:string_decoder';
import { startPattern } from './shell-command.js';

/** The most that a command may say on one stream. */
export const outputLimitBytes = 64 * 1024 * 1024;

/** The most noise before the marker that is kept, and the most that is borne. */
const noiseKeptBytes = 64 * 1024;
const noiseLimitBytes = 4 * 1024 * 1024;

/** A line longer than this is told in pieces. */
const lineLimit = 64 * 1024;

/** What an output tells while it is read. */
export interface OutputListener {
  /** The marker came: the process and the group it leads. */
  onStart(process: Started): void;
  /** All noise so far, each time more comes. */
  onNoise(noise: string): void;
  onLine(line: string): void;
  /** Takes the command's own bytes, which are then neither kept nor told as lines. */
  readonly onBytes?: ((chunk: Uint8Array) => void) | undefined;
  /** There is more than anyone may say. */
  onOverflow(): void;
}

/** A shell that waits for its script. */
export interface Started {
  readonly pid: number;
  readonly group: number;
}

/** Reads one stream. */
export class Output {
  readonly #listener: OutputListener;
  readonly #marker: RegExp;
  #noise = Buffer.alloc(0);
  #noiseBytes = 0;
  #started = false;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';

  constructor(marker: string, listener: OutputListener) {
    this.#marker = new RegExp(marker + startPattern);
    this.#listener = listener;
  }

  /** What came before the command. */
  get noise(): string {
    return this.#noise.toString('utf8');
  }

  /** What the command said. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** Takes what came. */
  take(chunk: Uint8Array): void {
    if (this.#started) this.#takeOwn(chunk);
    else this.#takeNoise(chunk);
  }

  /** Tells a last line that has no end. */
  end(): void {
    this.#line += this.#decoder.end();
    if (this.#line !== '') this.#listener.onLine(this.#line);
    this.#line = '';
  }

  #takeNoise(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#noise, chunk]);
    this.#noiseBytes += chunk.length;
    // Latin-1 keeps one character a byte, so that the place of the marker is a place in the bytes.
    const match = this.#marker.exec(all.toString('latin1'));
    if (match === null) {
      this.#noise = all.subarray(-noiseKeptBytes);
      if (this.#noiseBytes > noiseLimitBytes) this.#listener.onOverflow();
      else this.#listener.onNoise(this.noise);
      return;
    }
    this.#started = true;
    this.#noise = all.subarray(0, match.index);
    this.#listener.onStart({ pid: Number(match[1]), group: Number(match[2]) });
    const rest = all.subarray(match.index + match[0].length);
    if (rest.length > 0) this.#takeOwn(rest);
  }

  #takeOwn(chunk: Uint8Array): void {
    if (this.#listener.onBytes !== undefined) {
      this.#listener.onBytes(chunk);
      return;
    }
    if (this.#bytes + chunk.length > outputLimitBytes) {
      this.#listener.onOverflow();
      return;
    }
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    this.#takeText(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  #takeText(text: string): void {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      this.#listener.onLine((this.#line + line).replace(/\r$/, ''));
      this.#line = '';
    }
    this.#line += last;
    if (this.#line.length <= lineLimit) return;
    this.#listener.onLine(this.#line);
    this.#line = '';
  }
}
