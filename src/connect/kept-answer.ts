// The answer of a kept shell to one request, put together from what comes on its streams.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { deferred } from './deadline.js';
import { endMarker } from './kept-shell-script.js';
import { MarkerScan } from './marker-scan.js';
import { linesOf, Output } from './output.js';
import type { Ending } from './process.js';
import { newNonce, scriptMarker } from './script-words.js';

/** What became of a request. */
export type Answered =
  | { readonly kind: 'exit'; readonly rc: number }
  | { readonly kind: 'overflow' }
  | (Ending & { readonly kind: 'lost' });

const nothing = new Uint8Array();

/** The answer to one request. */
export class KeptAnswer {
  readonly nonce = newNonce();
  readonly #over = deferred<Answered>();
  readonly #outputs: { readonly stdout: Output; readonly stderr: Output };
  /** What looks for the end on a stream on which it has not come. */
  readonly #scans: { stdout: MarkerScan | undefined; stderr: MarkerScan | undefined };
  #rc: number | undefined;

  constructor(request: ExecRequest) {
    this.#outputs = { stdout: this.#output('stdout', request), stderr: this.#output('stderr', request) };
    this.#scans = { stdout: this.#scan('stdout'), stderr: this.#scan('stderr') };
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
    return this.#scans[stream] !== undefined;
  }

  /** Takes what came on a stream on which more is expected; gives what stands behind the end of this answer there. */
  take(stream: 'stdout' | 'stderr', chunk: Uint8Array): Uint8Array {
    const line = this.#scans[stream]?.take(chunk);
    if (line === undefined) return nothing;
    this.#scans[stream] = undefined;
    if (stream === 'stdout') this.#rc = Number(line.words[0]);
    this.#finish();
    return line.rest;
  }

  /** The shell ended. */
  end(lost: Ending & { readonly kind: 'lost' }): void {
    this.#over.resolve(lost);
  }

  #finish(): void {
    if (this.#rc === undefined || this.expects('stderr')) return;
    this.#outputs.stdout.end();
    this.#outputs.stderr.end();
    this.#over.resolve({ kind: 'exit', rc: this.#rc });
  }

  #scan(stream: 'stdout' | 'stderr'): MarkerScan {
    return new MarkerScan(endMarker(this.nonce), (bytes) => this.#outputs[stream].take(bytes));
  }

  #output(stream: 'stdout' | 'stderr', { onLine }: ExecRequest): Output {
    return new Output({
      onLine: linesOf(stream, () => scriptMarker(this.nonce), onLine),
      onOverflow: () => this.#over.resolve({ kind: 'overflow' }),
    });
  }
}
