// The built command line under `strace`, which hands its system calls the faults that a test asks for: a signal or an
// error at the n-th call, and nothing in the program knows of it. Shells that the program starts are never hit.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './command-line.js';

/** What happens to which system calls. */
export interface Strike {
  readonly call: 'write' | 'fdatasync';
  readonly fault: 'signal=KILL' | 'error=EIO' | 'error=ENOSPC';
  /** The number of the call, from 1; with `+`, and all that follow. */
  readonly when: string;
  /** Only calls on this file count; all of the program's otherwise. */
  readonly path?: string;
}

/** Where the program runs. */
export interface Place {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** How the program ended. */
export interface Struck {
  /** Nothing when it was killed. */
  readonly code: number | null;
  readonly said: string;
  /** What strace saw: one line a call. */
  readonly calls: readonly string[];
}

const program = join(projectRoot, 'bin/playbook');

/** For `skipIf`: whether tests that need strace are skipped. A line says why; under CI they run, and fail. */
export function skipsWithoutStrace(): boolean {
  const tried = spawnSync('strace', ['-f', '-e', 'trace=none', 'true'], { encoding: 'utf8' });
  if (tried.status === 0) return false;
  const reason = tried.error?.message ?? tried.stderr.trim();
  console.warn(`skipped: strace does not work here, so no system call is hit (${reason})`);
  return process.env['CI'] === undefined;
}

/** Runs the program; hit by nothing when no strike is given. */
export async function playbook(given: readonly string[], place: Place): Promise<Struck> {
  return ended([process.execPath, program, ...given], place, () => []);
}

/** Runs the program under a strike. Without a fault its calls are only counted. */
export async function struck(
  given: readonly string[],
  { call, fault, when, path }: Omit<Strike, 'fault' | 'when'> & Partial<Strike>,
  place: Place,
): Promise<Struck> {
  const log = join(place.directory, 'calls.log');
  const tracing = [
    'strace',
    '-qqq',
    '-y',
    '-o',
    log,
    '-e',
    'signal=none',
    '-e',
    `trace=${call}`,
    ...(path === undefined ? [] : ['-P', path]),
    ...(fault === undefined ? [] : ['-e', `inject=${call}:${fault}:when=${when ?? '1'}`]),
    // Files are made durable on another thread, which has a count of its own, so there is one; all else is on the first.
    ...(call === 'fdatasync' ? ['-f'] : []),
    // Much faster, but a signal does not come through.
    ...(call === 'fdatasync' && fault !== 'signal=KILL' ? ['--seccomp-bpf'] : []),
  ];
  const environment = { ...place.environment, UV_THREADPOOL_SIZE: '1' };
  // A garbage collection that goes step by step writes a wake-up for each of its steps, 20 or 300 of them, by chance: the
  // n-th call of the run that is counted would not be the n-th of the run that is struck.
  const node = [process.execPath, '--no-incremental-marking'];
  return ended([...tracing, ...node, program, ...given], { ...place, environment }, () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${call}(`)),
  );
}

async function ended(
  [first = '', ...rest]: readonly string[],
  { directory, environment }: Place,
  calls: () => readonly string[],
): Promise<Struck> {
  const child = spawn(first, rest, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve(status));
  });
  return { code, said, calls: calls() };
}
