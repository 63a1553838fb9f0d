// Loading as a run needs it: every word checked for every host, and the input kept in pieces, so that a resumed run can
// tell what has changed since.
import type { Outline } from '../core/outline.js';
import { ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Definition } from '../core/scope.js';
import { parseCliVariables } from '../load/cli-variables.js';
import { fingerprint } from '../load/fingerprint.js';
import { outlineOf } from '../load/outline.js';
import type { Outlined } from '../load/outline.js';
import { recordingReads } from '../load/reads.js';
import type { TargetOverrides } from '../load/target.js';
import { withVault } from '../load/vault/open.js';
import type { Io } from './io.js';
import { loadAll } from './load-all.js';
import type { Loaded } from './load-all.js';
import type { RunFlags } from './run-flags.js';

/** What was loaded, and from what. */
export interface ReadForRun {
  readonly loaded: Loaded;
  /** Variables of `-e`. */
  readonly given: readonly Definition[];
  /** A digest for each piece of the input, under a key. */
  inputs(key: string): Readonly<Record<string, string>>;
  /** A digest for each task, play, variable and host, under a key. */
  outline(key: string): Outline;
  /** What it goes over. */
  readonly outlined: Outlined;
}

/** Loads playbooks and inventories as the flags say. */
export function loadForRun(
  io: Io,
  playbooks: readonly string[],
  flags: RunFlags,
  overrides: TargetOverrides,
): Result<ReadForRun> {
  const { value: loaded, files } = recordingReads(() => loadAll(io, { playbooks, ...flags, overrides, forRun: true }));
  if (!loaded.ok) return loaded;
  const given = withVault(io.vault, () => parseCliVariables(flags.extraVars ?? [], { cwd: io.directory }));
  if (!given.ok) return given;
  const outlined: Outlined = { ...loaded.value, limit: flags.limit };
  // Names are the only words of an outline.
  const shown = (outline: Outline): Outline => ({
    ...outline,
    tasks: outline.tasks.map((task) => ({ ...task, name: io.redactor.text(task.name) })),
  });
  return ok({
    loaded: loaded.value,
    outlined,
    outline: (key) => shown(outlineOf(outlined, files, key)),
    given: given.value,
    inputs: (key) => fingerprint(files, given.value, key),
  });
}
