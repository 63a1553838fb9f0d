// The road from the words of `playbook run` to a finished run: everything that can be wrong with files and words is found
// before the first connection, and what is run is written down before anything is.
import { error } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { askPasswords } from './ask-passwords.js';
import { execute } from './execute.js';
import { firstLife } from './life.js';
import { printLines, tell } from './io.js';
import type { Io } from './io.js';
import { loadForRun } from './load-for-run.js';
import type { Loaded } from './load-all.js';
import { overridesOf } from './run-flags.js';
import type { RunFlags } from './run-flags.js';
import { withEnvironment, withSecretsOf } from './vault-passwords.js';

/** Runs playbooks as the flags say. */
export async function startRun(process: Io, playbooks: readonly string[], given: RunFlags): Promise<ExitCode> {
  // Written down as flags, so that the run can be gone on with where the environment is another.
  const flags = withEnvironment(process, given);
  const opened = await withSecretsOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  if (flags.step === true && !io.stdin.isTTY) {
    const hint = 'run it in a terminal, or without `--step`';
    return tell(io, [error('cli/no-terminal', '`--step` needs a terminal to ask on', undefined, { hint })]);
  }
  const passwords = await askPasswords(io, { ssh: flags.askPass === true, become: flags.askBecomePass === true });
  if (!passwords.ok) return tell(io, passwords.problems);
  const read = loadForRun(io, playbooks, flags, { ...overridesOf(flags), ...passwords.value });
  if (!read.ok) return tell(io, read.problems);
  const { loaded } = read.value;
  if (loaded.warnings.length > 0) tell(io, loaded.warnings);
  if (flags.listHosts === true) return listHosts(io, loaded, flags);
  return execute(io, loaded, flags, (id) => firstLife(io, id, playbooks, flags, read.value));
}

function listHosts(io: Io, { playbooks, inventory }: Loaded, { limit }: RunFlags): ExitCode {
  const limited = limit === undefined ? undefined : inventory.select(limit);
  const allowed = limited?.ok === true ? new Set(limited.value.map((host) => host.name)) : undefined;
  for (const play of playbooks.flatMap((playbook) => playbook.plays)) {
    const picked = inventory.select(play.hosts, play.hostsSpan);
    const hosts = picked.ok ? picked.value.filter((host) => allowed?.has(host.name) ?? true) : [];
    printLines(io, [play.name, ...hosts.map((host) => `  ${host.name}`)]);
  }
  return exitCode.done;
}
