// The command line in this process: as fast as a call, where the process itself is not what a test is about.
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.js';
import { Redactor } from '../../src/core/redact.js';

/** What a command said on both streams, and its exit code. */
export interface Said {
  readonly code: number;
  readonly said: string;
}

/** Commands in a directory, with the state of their runs in `state` below it, and nobody to ask. */
export function programIn(directory: string): (words: readonly string[]) => Promise<Said> {
  return async (words) => {
    let said = '';
    const stream = (): NodeJS.WriteStream =>
      // Commands only write to it, and ask how wide it is.
      Object.assign(
        new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            said += chunk.toString();
            done();
          },
        }),
        { columns: 1000 },
      ) as unknown as NodeJS.WriteStream;
    const code = await runProgram(words, {
      // A stream without a terminal behind it.
      stdin: { isTTY: false } as unknown as NodeJS.ReadStream,
      stdout: stream(),
      stderr: stream(),
      environment: { ...process.env, NO_COLOR: '1', PLAYBOOK_STATE_DIR: join(directory, 'state') },
      directory,
      redactor: new Redactor(),
    });
    return { code, said };
  };
}
