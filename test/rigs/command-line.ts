// The built command line as a user runs it: words in, words and an exit code out, with a state directory of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HostRecap, Stamped } from '../../src/core/event.js';

/** The root of the project. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
const program = join(projectRoot, 'bin/playbook');

/** A run that has ended. */
export interface Ran {
  readonly exitCode: number;
  readonly events: readonly Stamped[];
  readonly stderr: string;
  readonly recap: Readonly<Record<string, HostRecap>>;
  /** `task name @ host` for every task that ended with one of these statuses, items left out. */
  withStatus(...statuses: readonly string[]): readonly string[];
}

/** Runs `playbook run` with `--output jsonl`; each event is handed over as it comes. */
export async function runPlaybook(
  words: readonly string[],
  onEvent: (event: Stamped) => void = () => {},
): Promise<Ran> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'playbook-state-'));
  try {
    return await collect(words, stateDirectory, onEvent);
  } finally {
    rmSync(stateDirectory, { recursive: true });
  }
}

async function collect(
  words: readonly string[],
  stateDirectory: string,
  onEvent: (event: Stamped) => void,
): Promise<Ran> {
  const child = spawn(process.execPath, [program, 'run', ...words, '--output', 'jsonl'], {
    cwd: projectRoot,
    env: { ...process.env, PLAYBOOK_STATE_DIR: stateDirectory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Stamped[] = [];
  createInterface(child.stdout).on('line', (line) => {
    const event = JSON.parse(line) as Stamped;
    events.push(event);
    onEvent(event);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? 128));
  });
  const last = events.at(-1);
  return {
    exitCode,
    events,
    stderr,
    recap: last?.type === 'run.finished' ? last.recap : {},
    withStatus: (...statuses) =>
      events
        .flatMap((event) => (event.type === 'task.finished' && event.item === undefined ? [event] : []))
        .filter((event) => statuses.includes(event.status))
        .map((event) => `${event.name} @ ${event.host}`)
        .toSorted(),
  };
}
