// The lab ends processes by number, and numbers are used again: so a process is known by its pid *and* its start time.
// The shell shims of a sandbox compute the same start time (see shims.ts), so both sides can read each other's records.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** One process, not confusable with a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot on Linux, else what `ps -o lstart=` says; only ever compared. */
  readonly startTime: string;
}

/** The environment variable that marks every process started on behalf of a lab; its value is the lab's directory. */
export const LAB_MARK = 'PLAYBOOK_LAB';

function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last `)` may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const ps = spawnSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' });
  const [state, ...words] = ps.stdout.trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : words.join(' ');
}

/** The identity of a living process; undefined when there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** True while exactly this process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself between the look and the signal.
  }
}

/** Signals a process group, if it still has members. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  signalQuietly(-groupId, signal);
}

/** Waits until a process is gone; false when it still lives after `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/** Ends a process: the signal, then SIGKILL when it has not gone after `timeoutMs`. */
export async function endProcess(identity: ProcessIdentity, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!isAlive(identity)) return;
  signalQuietly(identity.pid, signal);
  if (await waitUntilGone(identity, timeoutMs)) return;
  signalQuietly(identity.pid, 'SIGKILL');
  await waitUntilGone(identity, 2000);
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

/**
 * Living processes that were started on behalf of the lab in this directory, wherever they have moved since.
 * Linux only (an empty list elsewhere): a daemon that left its process group can be found by its environment alone.
 */
export function markedProcesses(directory: string): readonly ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  const mark = Buffer.from(`${LAB_MARK}=${directory}`, 'utf8').toString('latin1');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids
    .filter((pid) => isMarked(Number(pid), mark))
    .flatMap((pid) => {
      const identity = identify(Number(pid));
      return identity === undefined ? [] : [identity];
    });
}
