// The flags of a run as values, for the command that reads them and for whoever goes on with the run later.
import type { RunOptions } from '../core/run.js';
import type { Output } from '../report/index.js';
import type { VaultFlags } from './vault-passwords.js';

/** The flags of `playbook run`. */
export interface RunFlags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly extraVars?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly forks: number;
  readonly startAtTask?: string;
  readonly step?: boolean;
  readonly preflight: boolean;
  readonly confirm?: readonly string[];
  readonly user?: string;
  readonly become?: boolean;
  readonly askBecomePass?: boolean;
  readonly askPass?: boolean;
  readonly privateKey?: string;
  readonly timeout?: number;
  readonly taskTimeout: number;
  readonly verbose?: boolean;
  readonly output?: Output;
  readonly detailedExitcode?: boolean;
  readonly acceptNewHostKeys?: boolean;
  readonly listHosts?: boolean;
}

/** What the flags say of how hosts are reached. */
export function overridesOf({
  user,
  privateKey,
  become,
  timeout,
}: Pick<RunFlags, 'user' | 'privateKey' | 'become' | 'timeout'>) {
  return {
    ...(timeout === undefined ? {} : { connectTimeoutMs: timeout * 1000 }),
    ...(user === undefined ? {} : { user }),
    ...(privateKey === undefined ? {} : { privateKeyFile: privateKey }),
    ...(become === undefined ? {} : { become }),
  };
}

/** What the flags say to the engine. */
export function optionsOf(flags: RunFlags): RunOptions {
  const { limit, startAtTask } = flags;
  return {
    check: flags.check === true,
    diff: flags.diff === true,
    ...(limit === undefined ? {} : { limit }),
    tags: flags.tags ?? [],
    skipTags: flags.skipTags ?? [],
    ...(startAtTask === undefined ? {} : { startAtTask }),
    step: flags.step === true,
    preflight: flags.preflight,
    forks: flags.forks,
    taskTimeoutMs: flags.taskTimeout * 1000,
    detailedExitCode: flags.detailedExitcode === true,
    liveOutput: flags.verbose === true || flags.output === 'jsonl',
  };
}
