// The background process of `playbook lab up`: hosts the ssh servers and the Service Center until it is told to end, or
// until its directory is gone. It tells its parent over IPC when the lab is up, or why it is not.
// Usage: daemon.js DIRECTORY HOST,HOST,...
import { existsSync } from 'node:fs';
import { error, type Diagnostic } from '../core/diagnostic.js';
import { serveControl } from './control.js';
import { startLab } from './lab.js';
import { LabProblem, messageOf } from './problem.js';
import { stateFile } from './state.js';

/** What the daemon tells its parent, once. */
export type DaemonMessage = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly diagnostic: Diagnostic };

const WATCH_MS = 2000;

function tell(message: DaemonMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}

/** The log goes with the lab's directory, so even a bug must be told here. */
function diagnosticOf(thrown: unknown): Diagnostic {
  if (thrown instanceof LabProblem) return thrown.diagnostic;
  const hint = thrown instanceof Error ? thrown.stack : undefined;
  return error('lab/not-started', `the lab's daemon failed: ${messageOf(thrown)}`, undefined, { hint });
}

async function main(directory: string, hosts: readonly string[]): Promise<void> {
  let stopping = false;
  const starting = startLab(directory, { hosts, detached: true });
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const lab = await starting.catch(() => undefined);
    await lab?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
  try {
    const lab = await starting;
    await serveControl(lab);
    setInterval(() => {
      if (!existsSync(stateFile(lab.state.directory))) void stop();
    }, WATCH_MS);
    await tell({ kind: 'ready' });
    if (process.connected) process.disconnect();
  } catch (thrown) {
    await tell({ kind: 'failed', diagnostic: diagnosticOf(thrown) });
    process.exit(1);
  }
}

const [directory, hosts] = process.argv.slice(2);
if (directory === undefined || hosts === undefined) {
  console.error('usage: daemon.js DIRECTORY HOST,HOST,...');
  process.exit(64);
}
await main(directory, hosts.split(','));
