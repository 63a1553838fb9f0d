// The built program while it runs: in a directory of its own, with its state below it, and all that it says as one text.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './command-line.js';

/** A program that was started. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** Resolves with its exit code; null when a signal ended it. */
  readonly over: Promise<number | null>;
  /** What it has said so far, on both outputs. */
  said(): string;
}

/** Starts `playbook` with these words; its state is in `state` below the directory. */
export function startProgram(
  directory: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): RunningProgram {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...environment, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const over = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, over, said: () => said };
}
