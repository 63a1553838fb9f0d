// Where runs are written down. A journal tells what an operator did to which hosts, so its directory is the operator's alone.
import { lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { JournalError, reasonOf } from './problem.js';

/** The directory of runs: `$PLAYBOOK_STATE_DIR/runs`, else `playbook/runs` in the state directory of the XDG specification. */
export function runsDirectory(environment: NodeJS.ProcessEnv): string {
  const own = environment['PLAYBOOK_STATE_DIR'];
  if (own !== undefined && own !== '') return join(own, 'runs');
  const xdg = environment['XDG_STATE_HOME'];
  const state = xdg !== undefined && xdg.startsWith('/') ? xdg : join(homedir(), '.local', 'state');
  return join(state, 'playbook', 'runs');
}

/** Makes the directory (mode 0700), or proves that the one that is there is ours alone. */
export function securedDirectory(directory: string): void {
  try {
    makeWithParents(directory);
  } catch (cause) {
    throw refused(directory, `cannot be made: ${reasonOf(cause)}`, cause);
  }
  const stat = lstatSync(directory);
  if (!stat.isDirectory()) throw refused(directory, 'is not a directory');
  if (process.getuid === undefined) return;
  if (stat.uid !== process.getuid()) throw refused(directory, `belongs to user ${stat.uid}, not to you`);
  if ((stat.mode & 0o077) !== 0) {
    throw new JournalError(`the journal directory \`${directory}\` can be read or written by others`, {
      hint: `\`chmod 700 ${directory}\``,
    });
  }
}

/** What `recursive` of Node does, which never ends below a directory that takes no new ones, such as `/proc`. */
function makeWithParents(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory) throw cause;
    makeWithParents(dirname(directory));
    mkdirSync(directory, { mode: 0o700 });
  }
}

function refused(directory: string, why: string, cause?: unknown): JournalError {
  return new JournalError(`the journal directory \`${directory}\` ${why}`, {
    hint: 'set PLAYBOOK_STATE_DIR to a directory of yours',
    ...(cause === undefined ? {} : { cause }),
  });
}
