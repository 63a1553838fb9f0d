// Runs a command as if nobody watched, and says what it took: wall time, and the processor time and memory of all the
// processes of the control node, those included that it leaves behind (masters of ssh), which are ended here.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, memoryOf, processesThatName, ticksOf, ticksOfEndedChildren } from './process-table.js';

/** What is run. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Processes whose command line names this are its own, too. */
  readonly mark: string;
  /** Where its output goes. */
  readonly outputFile: string;
}

/** What it took. */
export interface Measured {
  readonly exitCode: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly largestMb: number;
  readonly togetherMb: number;
}

/** The command that runs now, for who must end it early. */
const running = new Set<ChildProcess>();

/** Ends what is being measured. */
export function stopMeasuring(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

/** Looks at the memory of a process and all below it, at most one hundredth of the time. */
async function watchMemory(pid: number, ended: Promise<unknown>): Promise<{ largest: number; together: number }> {
  const peak = { largest: 0, together: 0 };
  const over = ended.then(() => true);
  const known = new Set<number>([pid]);
  for (let pauseMs = 10; !(await Promise.race([over, delay(pauseMs, false)]));) {
    const beganMs = performance.now();
    // A process that was seen once stays known when its parent leaves it.
    for (const each of known) for (const child of childrenOf(each)) known.add(child);
    let together = 0;
    for (const each of known) {
      const { nowKb, highestKb } = memoryOf(each);
      if (nowKb === 0) known.delete(each);
      together += nowKb;
      peak.largest = Math.max(peak.largest, highestKb);
    }
    peak.together = Math.max(peak.together, together, peak.largest);
    pauseMs = Math.max(Math.min(pauseMs * 1.3, 100), 100 * (performance.now() - beganMs));
  }
  return peak;
}

/** Ends what a command has left behind; gives the processor time of these, in ticks. */
async function endLeftovers(mark: string): Promise<number> {
  const left = processesThatName(mark);
  const ticks = left.reduce((sum, pid) => sum + ticksOf(pid), 0);
  for (const pid of left) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has just ended.
    }
  }
  for (let tries = 0; tries < 200 && processesThatName(mark).length > 0; tries += 1) await delay(10);
  return ticks;
}

/** The kernel counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

/** Runs a command to its end. */
export async function measure(command: Command): Promise<Measured> {
  const [program, ...words] = command.argv;
  const output = openSync(command.outputFile, 'w');
  const ticksBefore = ticksOfEndedChildren();
  const beganMs = performance.now();
  const child = spawn(program, words, {
    cwd: command.directory,
    env: command.environment,
    stdio: ['ignore', output, output],
    // A process group of its own, so that all of it can be ended.
    detached: true,
  });
  closeSync(output);
  running.add(child);
  const ended = new Promise<{ exitCode: number; seconds: number }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve({ exitCode: code ?? 128, seconds: (performance.now() - beganMs) / 1000 }));
  });
  try {
    const peak = await watchMemory(child.pid ?? 0, ended);
    const { exitCode, seconds } = await ended;
    const ticks = ticksOfEndedChildren() - ticksBefore + (await endLeftovers(command.mark));
    return {
      exitCode,
      seconds,
      cpuSeconds: ticks / ticksPerSecond,
      largestMb: peak.largest / 1024,
      togetherMb: peak.together / 1024,
    };
  } finally {
    running.delete(child);
  }
}

/** The end of what a command has said. */
export function lastWords(command: Command): string {
  return readFileSync(command.outputFile, 'utf8').slice(-2000);
}
