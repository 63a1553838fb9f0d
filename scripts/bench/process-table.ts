// What /proc tells of processes. A process may end between two looks: then there is nothing to tell.
import { readdirSync, readFileSync } from 'node:fs';

function read(pid: number | 'self', name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** The fields of /proc/PID/stat behind the name, which may hold anything: the first is number 3 of proc(5). */
function stat(pid: number | 'self'): readonly string[] {
  const text = read(pid, 'stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function sum(fields: readonly string[], ...numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + Number(fields[number - 3] ?? 0), 0);
}

/** User and system time of a process and of its children that it has waited for, in ticks. */
export function ticksOf(pid: number): number {
  return sum(stat(pid), 14, 15, 16, 17);
}

/** The same of all children of this process that have ended. */
export function ticksOfEndedChildren(): number {
  return sum(stat('self'), 16, 17);
}

/** The children of a process, of all its threads. */
export function childrenOf(pid: number): readonly number[] {
  let threads: readonly string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) => read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number));
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** What a process has resident, and the most that it ever had; 0 when it has ended. */
export function memoryOf(pid: number): { readonly nowKb: number; readonly highestKb: number } {
  const text = read(pid, 'status');
  return { nowKb: kilobytes(text, 'VmRSS'), highestKb: kilobytes(text, 'VmHWM') };
}

/** Processes whose command line holds a word, but for this one. */
export function processesThatName(word: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && read(pid, 'cmdline').includes(word));
}
