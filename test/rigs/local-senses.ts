// The engine's own eyes and hands on this machine, through a real local connection: what a task would use, with a shell
// of the test's choice in the place of /bin/sh.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { clock } from '../../src/cli/clock.js';
import { ownFiles } from '../../src/cli/own-files.js';
import { createConnector } from '../../src/connect/index.js';
import { LocalConnection } from '../../src/connect/local.js';
import type { ProcessListener, RunningProcess } from '../../src/connect/process.js';
import type { Become, Target } from '../../src/core/connection.js';
import { Redactor } from '../../src/core/redact.js';
import type { AnyModule, BoundModule } from '../../src/core/module.js';
import type { World } from '../../src/core/run.js';
import type { Outcome } from '../../src/engine/outcome.js';
import { HostPredictions } from '../../src/engine/predictions.js';
import { TaskHands } from '../../src/engine/hands.js';
import { Session } from '../../src/engine/session.js';
import { step } from '../../src/engine/step.js';
import { hasShell } from './shells.js';
import { targetOf } from './target.js';

/** A shell, and the programs that its scripts find. */
export interface Shell {
  readonly name: string;
  readonly path: string;
  /** PATH of the commands. */
  readonly programs: string;
}

/** What a test may want to be different. */
export interface SensesOptions {
  readonly shell?: Shell;
  readonly become?: Become;
  /** What the task says of it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long the task may take. */
  readonly timeoutMs?: number;
}

/** The path of a program; nothing when it is not installed. */
export function programPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The shells of this machine. Busybox comes with its own `stat`, `cp` and all the others, put into the directory. */
export function shellsHere(directory: string): readonly Shell[] {
  const programs = process.env['PATH'] ?? '';
  const busybox = hasShell('busybox') ? programPath('busybox') : undefined;
  const others = ['dash', 'bash'].flatMap((name) => {
    const path = programPath(name);
    return path === undefined || realpathSync(path) === realpathSync('/bin/sh') ? [] : [{ name, path, programs }];
  });
  return [
    { name: 'sh', path: '/bin/sh', programs },
    ...others,
    ...(busybox === undefined ? [] : [busyboxIn(join(directory, 'busybox'), busybox)]),
  ];
}

function busyboxIn(directory: string, program: string): Shell {
  mkdirSync(directory, { recursive: true });
  spawnSync(program, ['--install', '-s', directory]);
  return { name: 'busybox', path: join(directory, 'ash'), programs: directory };
}

/** A directory for PATH whose `sudo` lets root become anybody, without a question. */
export function sudoDirectory(directory: string): string {
  const bin = join(directory, 'sudo-bin');
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh
while [ "$1" != -- ]; do [ "$1" != -u ] || user=$2; shift; done
shift
exec ${programPath('setpriv') ?? 'setpriv'} --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups "$@"
`;
  writeFileSync(join(bin, 'sudo'), script, { mode: 0o755 });
  return bin;
}

/** The senses of a task on this machine. */
export function sensesHere({ shell, become, environment = {}, timeoutMs = 30_000 }: SensesOptions = {}): TaskHands {
  const variables = { ...process.env, PATH: shell?.programs ?? process.env['PATH'] };
  const local = createConnector({ acceptNewHostKeys: false, environment: variables });
  const world = worldHere({
    ...local,
    connect: async (target, signal) =>
      shell === undefined ? local.connect(target, signal) : new InShell(target, variables, shell.path),
  });
  const session = new Session(targetOf({ host: 'here', connection: 'local' }), world.connector, clock, world.stopping);
  const manner = {
    host: 'here',
    become,
    environment,
    deadlineMs: clock.monotonicMs() + timeoutMs,
    other: () => ({ session, become }),
    ask: () => Promise.reject(new Error('nobody is asked here')),
  };
  return new TaskHands(session, manner, world);
}

/** What the engine makes of a module on this machine. */
export function outcomeHere(
  module: AnyModule,
  args: unknown,
  options: SensesOptions & { readonly check?: boolean } = {},
): Promise<Outcome> {
  return outcomeOf(module.bind(args), options);
}

/** The same of one that a loader has bound. */
export function outcomeOf(
  bound: BoundModule,
  { check = false, ...options }: SensesOptions & { readonly check?: boolean } = {},
): Promise<Outcome> {
  const hands = sensesHere(options);
  return step(bound, {
    check,
    pending: false,
    eyes: hands,
    hands,
    predictions: new HostPredictions(),
    clock,
    stopping: new AbortController().signal,
    wants: () => undefined,
    say: () => Promise.resolve(),
  });
}

/** A world with this connector, nobody to ask and nobody who listens. */
function worldHere(connector: World['connector']): World {
  return {
    connector,
    clock,
    ownFiles,
    operator: { ask: () => Promise.resolve({ kind: 'nobody' }), step: () => Promise.resolve('continue') },
    emit: () => Promise.resolve(),
    redactor: new Redactor(),
    draining: new AbortController().signal,
    stopping: new AbortController().signal,
  };
}

/** This machine as if its /bin/sh were another shell. */
class InShell extends LocalConnection {
  readonly #shell: string;

  constructor(target: Target, environment: NodeJS.ProcessEnv, shell: string) {
    super(target, environment);
    this.#shell = shell;
  }

  override launch(words: readonly string[], listener: ProcessListener): Promise<RunningProcess> {
    return super.launch(
      words.map((word) => word.replaceAll('/bin/sh', this.#shell)),
      listener,
    );
  }
}
