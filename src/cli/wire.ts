// The composition root: the one place where the rooms meet. It makes the world of a run out of the real clock,
// disk, network and terminal, and takes it apart again.
import { randomBytes } from 'node:crypto';
import type { Stamped } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { Operator } from '../core/operator.js';
import type { World } from '../core/run.js';
import { createConnector } from '../connect/index.js';
import type { Journal } from '../journal/append.js';
import { createReporter } from '../report/index.js';
import type { Output } from '../report/index.js';
import { Terminal } from '../report/terminal.js';
import { safeJson, safeLine } from '../report/text.js';
import { themeFor } from '../report/theme.js';
import { clock } from './clock.js';
import { complain, themeOf, whoAmI } from './io.js';
import type { Io } from './io.js';
import type { Life } from './life.js';
import { withGivenAnswers } from './given-answers.js';
import { createOperator } from './operator.js';
import { ownFiles } from './own-files.js';
import { Queue } from './queue.js';
import { listenToSignals } from './signals.js';
import { createEmit } from './stream-events.js';

/** What decides the world of a run. */
export interface WireOptions {
  /** The run to go on with; a new one otherwise. */
  readonly id?: string;
  /** Opens the journal of the run. */
  readonly begin: (id: string) => Promise<Life>;
  readonly output: Output;
  readonly verbose: boolean;
  readonly acceptNewHostKeys: boolean;
  /** Texts given with `--confirm`. */
  readonly confirmations: readonly string[];
}

/** A world, and how to leave it. */
export interface Wired {
  readonly id: string;
  readonly life: Life;
  readonly world: World;
  /** Lets the reporters finish and closes the journal; gives the exit code of the process. */
  finish(code: ExitCode): Promise<ExitCode>;
  /** True once an event could not be written down. */
  journalLost(): boolean;
}

/** Makes the world of one run. Throws a JournalError when the run could not be written down. */
export async function wire(io: Io, options: WireOptions): Promise<Wired> {
  const id = options.id ?? newRunId(clock.now());
  const life = await options.begin(id);
  const { journal } = life;
  const terminal = new Terminal(io.stdout);
  const interrupts = listenToSignals((words) => void terminal.notice(io.stderr, `playbook: ${words}\n`));
  const queue = new Queue<Stamped>();
  const reporter = await createReporter(options.output, reporterOptions(io, options, terminal));
  const told = reporter.report(queue).catch((cause: unknown) => complain(io, `the output broke off: ${String(cause)}`));
  let lost = false;
  const emit = createEmit({
    run: id,
    redactor: io.redactor,
    clock,
    journal,
    show: (event) => queue.push(event),
    lost: (event, cause) => {
      lost = true;
      interrupts.drain();
      const words = cause instanceof Error ? cause.message : String(cause);
      void terminal.notice(io.stderr, `error: ${safeLine(words)}\n  the event that was lost: ${safeJson(event)}\n`);
    },
  });
  // A link that was lost and is opened again tells nothing new.
  const warned = new Set<string>();
  const world: World = {
    connector: createConnector({
      acceptNewHostKeys: options.acceptNewHostKeys,
      environment: io.environment,
      applicationName: whoAmI(),
      run: { run: id, number: life.number },
      onHostKeyLearned: ({ name, keyType, fingerprint, file }) =>
        void emit({
          type: 'run.warned',
          message: `learned the host key of ${name}: ${keyType} ${fingerprint} (${file})`,
        }),
      onOlderAlgorithms: (host, names) => {
        const message = olderAlgorithmsWords(host, names);
        if (!warned.has(message)) void emit({ type: 'run.warned', message });
        warned.add(message);
      },
      onNoShells: (host, reason) => {
        const message = `\`${host}\` keeps no shell of ours open (${reason}); each command there takes a session of its own`;
        if (options.verbose) void emit({ type: 'run.warned', message });
      },
    }),
    clock,
    operator: withGivenAnswers(
      operatorOf(io, terminal, () => interrupts.interrupt()),
      options.confirmations,
      whoAmI(),
    ),
    ownFiles,
    emit,
    redactor: io.redactor,
    draining: interrupts.draining,
    stopping: interrupts.stopping,
  };
  if (life.opening !== undefined) await opened(emit(life.opening), journal);
  return {
    id,
    life,
    world,
    journalLost: () => lost,
    finish: async (code) => {
      queue.end();
      await told;
      journal.close();
      life.right[Symbol.dispose]();
      interrupts[Symbol.dispose]();
      return lost ? exitCode.bug : code;
    },
  };
}

/** A run that cannot even be begun leaves the disk the room that it kept. */
async function opened(writing: Promise<void>, journal: Journal): Promise<void> {
  try {
    await writing;
  } catch (cause) {
    journal.close();
    throw cause;
  }
}

function reporterOptions(io: Io, { output, verbose }: WireOptions, terminal: Terminal) {
  const live = output === 'tree' && io.stdout.isTTY ? { stdout: io.stdout, stderr: io.stderr } : undefined;
  return { terminal, theme: themeOf(io), verbose, ...(live === undefined ? {} : { live }) };
}

/** The person at the terminal, for a command that runs nothing. */
export function terminalOperator(io: Io): Operator {
  const interrupts = listenToSignals(() => undefined);
  return operatorOf(io, new Terminal(io.stdout), () => interrupts.interrupt());
}

/** Questions go to the terminal: to standard output unless that is a file, then to standard error. */
function operatorOf(io: Io, terminal: Terminal, interrupt: () => void) {
  const output = [io.stdout, io.stderr].find((stream) => stream.isTTY);
  const streams = io.stdin.isTTY && output !== undefined ? { input: io.stdin, output } : undefined;
  const theme = themeFor(output ?? {}, io.environment);
  const hide = (words: string): string => io.redactor.text(words);
  return createOperator({ streams, terminal, theme, by: whoAmI(), hide, interrupt });
}

function olderAlgorithmsWords(host: string, names: readonly string[]): string {
  return `the link to \`${host}\` uses ${names.join(', ')}, which whoever is on the way may be able to break; \`ssh_older_algorithms\` allows it`;
}

/** Sorts by time, is unique, and can be typed. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '');
  return `${time}-${randomBytes(2).toString('hex')}`;
}

/** A world to look at, and how to leave it. */
export interface WiredLook extends Disposable {
  readonly world: World;
}

/** Makes a world in which nothing runs: without a journal, a reporter or anybody to ask. */
export function wireLook(io: Io, { acceptNewHostKeys }: Pick<WireOptions, 'acceptNewHostKeys'>): WiredLook {
  const interrupts = listenToSignals((words) => io.stderr.write(`playbook: ${words}\n`));
  const world: World = {
    connector: createConnector({
      acceptNewHostKeys,
      environment: io.environment,
      applicationName: whoAmI(),
      onHostKeyLearned: ({ name, keyType, fingerprint, file }) =>
        io.stderr.write(
          `playbook: learned the host key of ${safeLine(name)}: ${keyType} ${fingerprint} (${safeLine(file)})\n`,
        ),
      onOlderAlgorithms: (host, names) => io.stderr.write(`playbook: ${safeLine(olderAlgorithmsWords(host, names))}\n`),
    }),
    clock,
    operator: { ask: () => Promise.resolve({ kind: 'nobody' }), step: () => Promise.resolve('continue') },
    ownFiles,
    emit: () => Promise.resolve(),
    redactor: io.redactor,
    draining: interrupts.draining,
    stopping: interrupts.stopping,
  };
  return { world, [Symbol.dispose]: () => interrupts[Symbol.dispose]() };
}
