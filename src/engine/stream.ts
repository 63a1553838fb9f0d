// A stream from a command on one host to a command on another, through here: chunk by chunk, counted and digested on the
// way, ended only when its source ended well. Whichever side goes first takes the other one with it.
import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import type { CommandResult, Streamed } from '../core/module.js';
import { WorldError } from '../core/world-error.js';
import type { WorldErrorDetails } from '../core/world-error.js';
import { paced } from './progress.js';

/** One end of a stream. Its command rejects with a WorldError when it does not end as it should. */
export interface Source {
  readonly host: string;
  run(streams: {
    readonly signal: AbortSignal;
    readonly onStdout: (chunk: Uint8Array) => Promise<void>;
  }): Promise<CommandResult>;
}

/** The other end. */
export interface Sink {
  readonly host: string;
  run(streams: { readonly signal: AbortSignal; readonly stdin: AsyncIterable<Uint8Array> }): Promise<CommandResult>;
}

/** What a stream needs of the world. */
export interface StreamWorld {
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly onProgress: ((bytes: number) => void) | undefined;
}

/** The most that waits here for its reader. */
const waitingBytesAtMost = 1024 * 1024;

/** Runs both ends and joins them. */
export async function joined(source: Source, sink: Sink, world: StreamWorld): Promise<Streamed> {
  const enough = new AbortController();
  const signal = AbortSignal.any([world.stopping, enough.signal]);
  const digest = createHash('sha256');
  const relay = new Relay();
  const progress = paced(world.clock, world.onProgress);
  let bytes = 0;
  const onStdout = (chunk: Uint8Array): Promise<void> => {
    bytes += chunk.length;
    digest.update(chunk);
    progress(bytes);
    return relay.put(chunk);
  };
  let first: 'source' | 'sink' | undefined;
  const reading = source.run({ signal, onStdout }).then(
    (result) => {
      relay.end();
      return result;
    },
    (error: unknown) => {
      first ??= 'source';
      enough.abort();
      relay.fail(new Error(`the command on \`${source.host}\` did not end well`));
      throw error;
    },
  );
  const writing = sink.run({ signal, stdin: relay }).finally(() => {
    // Whoever ends without having read all wants no more, whatever it says of itself.
    if (relay.isTaken) return;
    first ??= 'sink';
    enough.abort();
    relay.fail(new Error(`the command on \`${sink.host}\` reads no more`));
  });
  const [read, written] = await Promise.allSettled([reading, writing]);
  if (read.status === 'fulfilled' && written.status === 'fulfilled' && relay.isTaken) {
    world.onProgress?.(bytes);
    return { source: read.value, sink: written.value, bytes, sha256: digest.digest('hex') };
  }
  throw broken({ source, sink, read, written, first, bytes });
}

interface Broken {
  readonly source: Source;
  readonly sink: Sink;
  readonly read: PromiseSettledResult<CommandResult>;
  readonly written: PromiseSettledResult<CommandResult>;
  readonly first: 'source' | 'sink' | undefined;
  readonly bytes: number;
}

/** The error of the side that went first; doubt about the sink, where there is some, outlasts it. */
function broken({ source, sink, read, written, first, bytes }: Broken): unknown {
  const errors = [read, written].map((each) => (each.status === 'rejected' ? (each.reason as unknown) : undefined));
  const own = errors.find((error) => error !== undefined && !(error instanceof WorldError));
  if (own !== undefined) return own;
  const [readError, writeError] = errors as readonly (WorldError | undefined)[];
  const details = { bytes, ...detailsOf('source', source.host, read), ...detailsOf('sink', sink.host, written) };
  if (first === 'source' && readError !== undefined) return sourceFailed(source, sink, readError, writeError, details);
  if (writeError !== undefined) {
    const { kind, message, hint } = writeError;
    return new WorldError(kind, message, { ...said(hint), details: { ...writeError.details, ...details } });
  }
  return new WorldError('failed', `the command on \`${sink.host}\` ended before it had read all of the stream`, {
    hint: 'look at what it said; what it made so far is not the whole',
    details,
  });
}

function sourceFailed(
  source: Source,
  sink: Sink,
  read: WorldError,
  write: WorldError | undefined,
  details: WorldErrorDetails,
): WorldError {
  const why = `reading the stream on \`${source.host}\`: ${read.message}`;
  const hint = said(read.hint);
  if (write === undefined || isKnownEnded(write)) {
    const kind = read.kind === 'interrupted' ? 'interrupted' : 'failed';
    return new WorldError(kind, why, { ...hint, details: { ...read.details, ...details } });
  }
  return new WorldError('in-doubt', `${why}; and on \`${sink.host}\`: ${write.message}`, {
    ...said(write.hint),
    details: { ...read.details, ...details },
  });
}

/** True when the far command is certainly over: ended by us with its group, ended by itself, or never started. */
function isKnownEnded({ kind, details }: WorldError): boolean {
  return kind !== 'in-doubt' || details['ended'] === true;
}

function said(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function detailsOf(side: string, host: string, end: PromiseSettledResult<CommandResult>): WorldErrorDetails {
  const about = { [side]: host };
  if (end.status === 'fulfilled') return { ...about, [`${side}_rc`]: end.value.rc };
  const { details, message } = end.reason as WorldError;
  const rc = details['rc'];
  const stderr = details['stderr'];
  return {
    ...about,
    [`${side}_ended`]: message,
    ...(rc === undefined ? {} : { [`${side}_rc`]: rc }),
    ...(stderr === undefined ? {} : { [`${side}_stderr`]: stderr }),
  };
}

/** A short queue between one writer and one reader; the writer waits when it is full. */
class Relay implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ending: 'end' | Error | undefined;
  #isTaken = false;
  #wakeWriter: () => void = () => undefined;
  #wakeReader: () => void = () => undefined;

  /** True once the reader has taken everything up to a good end. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Takes a chunk; resolves when there is room for the next, rejects when nobody wants it. */
  async put(chunk: Uint8Array): Promise<void> {
    this.#check();
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wakeReader();
    if (this.#bytes < waitingBytesAtMost) return;
    await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    this.#check();
  }

  end(): void {
    this.#finish('end');
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  #check(): void {
    if (this.#ending instanceof Error) throw this.#ending;
  }

  #finish(ending: 'end' | Error): void {
    if (!(this.#ending instanceof Error)) this.#ending = ending;
    this.#wakeReader();
    this.#wakeWriter();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.#check();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        if (this.#bytes < waitingBytesAtMost) this.#wakeWriter();
        yield chunk;
      } else if (this.#ending === 'end') {
        this.#isTaken = true;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    }
  }
}
