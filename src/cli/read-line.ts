// One line from a person at the terminal. Ctrl-C, the end of input and a run that stops all end the waiting,
// which a prompt that only knows answers would not.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** What to read, and where. */
export interface LineRequest {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly prompt: string;
  /** True for a password: nothing that is typed is shown. */
  readonly hidden?: boolean;
  readonly signal?: AbortSignal;
}

/** A line that was typed, without its end; or why there is none. */
export type LineRead =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'closed' };

/** Asks for one line. */
export function readLine({ input, output, prompt, hidden = false, signal }: LineRequest): Promise<LineRead> {
  if (signal?.aborted === true) return Promise.resolve({ kind: 'closed' });
  if (hidden) output.write(prompt);
  const reader = createInterface({ input, output: hidden ? nowhere() : output, terminal: true, historySize: 0 });
  const stop = (): void => reader.close();
  signal?.addEventListener('abort', stop);
  return new Promise<LineRead>((resolve) => {
    reader.once('SIGINT', () => {
      resolve({ kind: 'interrupted' });
      reader.close();
    });
    reader.once('line', (line) => {
      resolve({ kind: 'line', line });
      reader.close();
    });
    reader.once('close', () => resolve({ kind: 'closed' }));
    if (!hidden) reader.setPrompt(prompt);
    if (!hidden) reader.prompt();
  }).then((read) => {
    signal?.removeEventListener('abort', stop);
    if (hidden || read.kind !== 'line') output.write('\n');
    return read;
  });
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
