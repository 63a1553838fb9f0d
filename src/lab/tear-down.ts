// The end of a lab, however it ended: no process and no file of it stays, also after the process that ran it was killed.
import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { HOST_NAMES } from './appliances.js';
import { problem } from './problem.js';
import { endProcess, markedProcesses, type ProcessIdentity } from './processes.js';
import { livingProcesses } from './process-table.js';
import { readMarker, readState } from './state.js';

/** The name that every directory of sockets begins with; nothing else is ever removed outside the lab's directory. */
export const SOCKET_BASE_PREFIX = 'pb-lab-';

const TERM_MS = 3000;

async function endAll(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): Promise<void> {
  await Promise.all(processes.map((each) => endProcess(each, signal, TERM_MS)));
}

/** The directory of one appliance's sandbox. */
export function sandboxRoot(directory: string, host: string): string {
  return join(directory, host);
}

/** Ends every process of a lab (but the caller) and removes all its files. Does nothing where no lab is. */
export async function tearDown(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const marker = readMarker(directory);
  if (marker === undefined) {
    throw problem('lab/not-a-lab', `\`${directory}\` exists and was not made by a lab`, 'name another directory');
  }
  await endAll(
    HOST_NAMES.flatMap((host) => livingProcesses(sandboxRoot(directory, host))),
    'SIGTERM',
  );
  // Immediate shutdown: the data goes away anyway.
  await endAll(readState(directory)?.appliances.map((each) => each.postgres) ?? [], 'SIGQUIT');
  const others = markedProcesses(directory).filter((each) => each.pid !== process.pid);
  await endAll(others, 'SIGTERM');
  if (basename(marker.socketBase).startsWith(SOCKET_BASE_PREFIX)) {
    rmSync(marker.socketBase, { recursive: true, force: true, maxRetries: 5 });
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
