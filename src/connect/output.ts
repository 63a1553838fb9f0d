// What a command says on one stream, kept as bytes up to a limit and told line by line.
import { StringDecoder } from 'node:string_decoder';
import type { ExecRequest } from '../core/connection.js';

/** The most that a command may say on one stream: as much as the largest file that is read, for that comes this way. */
export const outputLimitBytes = 16 * 1024 * 1024;

/** A line longer than this is told in pieces, with a mark at each cut: a secret may have been cut with the line. */
const lineLimit = 64 * 1024;
const cutMark = '\u2026';

/** What an output tells while it is read. */
export interface OutputListener {
  readonly onLine?: ((line: string) => void) | undefined;
  /** There is more than anyone may say. */
  onOverflow(): void;
}

/** The lines of a command for whoever hears them: what our own script says behind its marker is none. */
export function linesOf(
  stream: 'stdout' | 'stderr',
  marker: () => string,
  onLine: ExecRequest['onLine'],
): OutputListener['onLine'] {
  if (onLine === undefined) return undefined;
  return (line) => {
    if (!line.startsWith(`${marker()} `)) onLine(stream, line);
  };
}

/** Keeps one stream. */
export class Output {
  readonly #listener: OutputListener;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';

  constructor(listener: OutputListener) {
    this.#listener = listener;
  }

  /** What the command said. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** Takes what came. */
  take(chunk: Uint8Array): void {
    if (this.#bytes + chunk.length > outputLimitBytes) {
      this.#listener.onOverflow();
      return;
    }
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    const { onLine } = this.#listener;
    if (onLine === undefined) return;
    this.#takeText(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)), onLine);
  }

  /** Tells a last line that has no end. */
  end(): void {
    this.#line += this.#decoder.end();
    if (this.#line !== '' && this.#line !== cutMark) this.#listener.onLine?.(this.#line);
    this.#line = '';
  }

  #takeText(text: string, onLine: (line: string) => void): void {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      onLine((this.#line + line).replace(/\r$/, ''));
      this.#line = '';
    }
    this.#line += last;
    if (this.#line.length <= lineLimit) return;
    onLine(`${this.#line}${cutMark}`);
    this.#line = cutMark;
  }
}
