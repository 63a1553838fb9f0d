// The answer of a kept shell to one request, put together from what comes on its streams.
import { randomBytes } from 'node:crypto';
import type { ExecRequest, Outcome } from '../core/connection.js';
import { deferred } from './deadline.js';
import { speechOf } from './kept-request.js';
import { endMarker, noPlaceWord } from './kept-shell-script.js';
import { MarkerScan } from './marker-scan.js';
import { Output } from './output.js';
import type { Ending } from './process.js';

/** What became of a request; `signal` is the number of the one that ended the command, or 0. */
export type Answered =
  | { readonly kind: 'ended'; readonly rc: number; readonly signal: number }
  | { readonly kind: 'no-place' }
  | { readonly kind: 'overflow' }
  | (Ending & { readonly kind: 'lost' });

const nothing = new Uint8Array();

/** The answer to one request. */
export class KeptAnswer {
  readonly nonce = randomBytes(12).toString('hex');
  readonly #over = deferred<Answered>();
  readonly #isDirect: boolean;
  readonly #outputs: { readonly stdout: Output; readonly stderr: Output };
  #stdout: MarkerScan | undefined;
  #stderr: MarkerScan | undefined;
  #ended: Answered | undefined;

  constructor(request: ExecRequest) {
    this.#isDirect = speechOf(request) === 'direct';
    this.#outputs = { stdout: this.#output('stdout', request), stderr: this.#output('stderr', request) };
    this.#stdout = this.#scan('stdout');
    if (this.#isDirect) this.#stderr = this.#scan('stderr');
  }

  /** Resolves when the request is over in one way or another; never rejects. */
  get over(): Promise<Answered> {
    return this.#over.promise;
  }

  /** What the command has said. */
  get said(): Pick<Outcome, 'stdout' | 'stderr'> {
    return { stdout: this.#outputs.stdout.bytes, stderr: this.#outputs.stderr.bytes };
  }

  /** True while more of this answer may come on the stream. */
  expects(stream: 'stdout' | 'stderr'): boolean {
    return (stream === 'stdout' ? this.#stdout : this.#stderr) !== undefined;
  }

  /** Takes what came on a stream on which more is expected; gives what stands behind the end of this answer there. */
  take(stream: 'stdout' | 'stderr', chunk: Uint8Array): Uint8Array {
    const line = (stream === 'stdout' ? this.#stdout : this.#stderr)?.take(chunk);
    if (line === undefined) return nothing;
    if (stream === 'stderr') this.#stderr = undefined;
    else if (this.#endsWith(line.words)) {
      // A spooled stderr comes behind the end, and has an end of its own.
      this.#stdout = this.#scan('stderr');
      return this.take('stdout', line.rest);
    } else this.#stdout = undefined;
    this.#finish();
    return line.rest;
  }

  /** The shell ended. */
  end(lost: Ending & { readonly kind: 'lost' }): void {
    this.#over.resolve(lost);
  }

  /** Takes the first end on stdout; true when what was said on stderr follows. */
  #endsWith([first = '', signal = '', more = '']: readonly string[]): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended =
      first === noPlaceWord ? { kind: 'no-place' } : { kind: 'ended', rc: Number(first), signal: Number(signal) };
    return more === '1';
  }

  #finish(): void {
    if (this.#ended === undefined || this.#stdout !== undefined || this.#stderr !== undefined) return;
    this.#outputs.stdout.end();
    this.#outputs.stderr.end();
    this.#over.resolve(this.#ended);
  }

  #scan(stream: 'stdout' | 'stderr'): MarkerScan {
    return new MarkerScan(endMarker(this.nonce), (bytes) => this.#outputs[stream].take(bytes));
  }

  #output(stream: 'stdout' | 'stderr', { onLine }: ExecRequest): Output {
    return new Output({
      onLine: onLine === undefined ? undefined : (line) => onLine(stream, line),
      onOverflow: () => this.#over.resolve({ kind: 'overflow' }),
    });
  }
}
