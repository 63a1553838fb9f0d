// The process table of one sandbox: a file a process under run/processes, so that the sandbox's pgrep, pkill and
// killall can see the appliance's processes and nothing else on the machine.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity } from './processes.js';

/** One row: the process, the name that `pgrep -x` compares, the command line that `pgrep -f` searches. */
export interface TableRow extends ProcessIdentity {
  readonly name: string;
  readonly commandLine: string;
}

/** Where the table of a sandbox lies. */
export function processTable(root: string): string {
  return join(root, 'run', 'processes');
}

/** Adds a process to a sandbox's table; by a rename, because who reads half a row takes its process for dead. */
export function register(root: string, row: TableRow): void {
  const text = [row.startTime, row.name, row.commandLine].map((field) => field.replaceAll('\n', ' ')).join('\n');
  const file = join(processTable(root), String(row.pid));
  writeFileSync(`${file}.new`, `${text}\n`);
  renameSync(`${file}.new`, file);
}

function readRow(root: string, pid: number): TableRow | undefined {
  try {
    const [startTime = '', name = '', commandLine = ''] = readFileSync(
      join(processTable(root), String(pid)),
      'utf8',
    ).split('\n');
    return { pid, startTime, name, commandLine };
  } catch {
    return undefined;
  }
}

/** The processes of a sandbox that live; rows of the dead are removed. */
export function livingProcesses(root: string): readonly TableRow[] {
  const rows = namesIn(processTable(root)).flatMap((name) => readRow(root, Number(name)) ?? []);
  return rows.filter((row) => {
    if (isAlive(row)) return true;
    rmSync(join(processTable(root), String(row.pid)), { force: true });
    return false;
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
