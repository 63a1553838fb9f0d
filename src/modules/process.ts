// Processes that must be gone, or must be there. What `killall` says is no evidence (1 is "none" and also "not
// permitted"), and a watchdog may start a process anew: so it is looked at, before, after, and once more after a while.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { commandPlace } from '../core/place.js';
import { WorldError } from '../core/world-error.js';
import { ownScript } from './shared/own-script.js';
import type { Process } from './shared/process-list.js';
import { listScript, longestName, lookedFor, processesIn, signalScript } from './shared/process-list.js';
import { only, wordOf } from './shared/state-schemas.js';

const defaults = { signal: 'TERM', timeout: 30, stable_for: 3 } as const;

const args = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: '^[^\\n]+$', description: 'Exact name of the processes, as `ps -o comm` shows it.' }),
    ),
    pattern: Type.Optional(
      Type.String({
        pattern: '^[^\\n]+$',
        description: 'Extended regular expression on the whole command line, instead of `name` or beside it.',
      }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('absent'), Type.Literal('present')], {
        default: 'absent',
        description: '`absent` ends them; `present` runs `start` when there is none, and fails without a `start`.',
      }),
    ),
    start: Type.Optional(
      Type.Union(
        [
          commandPlace('A command line.'),
          Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'Its words.' }),
        ],
        { description: 'The command that starts one, for `state: present`.' },
      ),
    ),
    signal: Type.Optional(
      Type.String({
        pattern: '^[A-Z][A-Z0-9]*$',
        default: defaults.signal,
        description: 'Signal that ends them, as in `TERM` or `INT`.',
      }),
    ),
    timeout: Type.Optional(
      Type.Number({ minimum: 0, default: defaults.timeout, description: 'Seconds that they may take to end.' }),
    ),
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Send KILL to those that have not ended by then.' }),
    ),
    user: Type.Optional(Type.String({ minLength: 1, description: 'Only processes of this user.' })),
    stable_for: Type.Optional(
      Type.Number({
        minimum: 0,
        default: defaults.stable_for,
        description:
          'Seconds after which they must still be gone, so that a watchdog that starts them anew is caught; or, once started, still be there.',
      }),
    ),
  },
  { additionalProperties: false },
);

const processList = Type.Array(only({ pid: Type.Integer(), user: Type.String(), command: Type.String() }));

/** `signalled` are those that were sent a signal; a `start` tells its exit code and what it said. */
const registerState = Type.Object({
  state: wordOf(['present', 'absent']),
  pids: Type.Array(Type.Integer()),
  processes: processList,
  signalled: processList,
  rc: Type.Integer(),
  stdout: Type.String(),
  stderr: Type.String(),
});

type Args = Bound<typeof args>;
type State = {
  readonly state: 'present' | 'absent';
  readonly pids: readonly number[];
  readonly processes: readonly Process[];
};

/** How often the host is asked whether they have ended, and how long after KILL, in milliseconds. */
const pauseMs = 250;
const afterKillMs = 5000;

function named({ name, pattern }: Args): string {
  return [name, pattern].flatMap((each) => (each === undefined ? [] : [`\`${each}\``])).join(' ');
}

async function list(task: Args, eyes: Eyes): Promise<readonly Process[]> {
  const { stdout } = await eyes.look(ownScript(listScript(task)), { stdin: lookedFor(task), contained: true });
  return processesIn(stdout, task);
}

async function inspect(task: Args, eyes: Eyes): Promise<State> {
  if (mistake(task) !== undefined) return { state: 'absent', pids: [], processes: [] };
  const processes = await list(task, eyes);
  return { state: processes.length > 0 ? 'present' : 'absent', pids: processes.map((each) => each.pid), processes };
}

function mistake({ name, pattern, state = 'absent', start: command }: Args): Refusal | undefined {
  if (name === undefined && pattern === undefined) return refuse('say `name` or `pattern`, or both');
  if (command !== undefined && state === 'absent')
    return refuse('`start` goes with `state: present`', 'without it, processes are ended');
  if (name === undefined || Buffer.byteLength(name) <= longestName) return undefined;
  const kept = Buffer.from(name).subarray(0, longestName).toString();
  return refuse(
    `no process can be found by a name of more than ${longestName} characters, and \`${name}\` is longer`,
    `the kernel keeps \`${kept}\`; say that as \`name\`, or \`pattern\` for the command line`,
  );
}

function want(task: Args, found: State): Partial<State> | Refusal {
  const refusal = mistake(task);
  if (refusal !== undefined) return refusal;
  if ((task.state ?? 'absent') === 'absent') return { state: 'absent', processes: [] };
  if (task.start !== undefined) return { state: 'present' };
  return found.state === 'present'
    ? {}
    : refuse(`no process ${named(task)} is running`, 'look at the log of what should have started it');
}

/** A daemon may end with exit code 0 seconds after it was started, so its first seconds are waited for. */
async function start(argv: readonly string[], hands: Hands, task: Args): Promise<Told> {
  const { rc, stdout, stderr } = await hands.run({ kind: 'argv', argv });
  await hands.sleep((task.stable_for ?? defaults.stable_for) * 1000);
  return { rc, stdout, stderr };
}

async function apply(_change: Change<State>, hands: Hands, task: Args): Promise<Told> {
  const { signal = defaults.signal, timeout = defaults.timeout, force = false } = task;
  if (task.state === 'present') return start(task.start ?? [], hands, task);
  const signalled = await send(signal, hands, task);
  let left = await waitUntilGone(timeout * 1000, hands, task);
  if (left.length > 0 && force) {
    await send('KILL', hands, task);
    left = await waitUntilGone(afterKillMs, hands, task);
  }
  if (left.length > 0) throw survived(left, task);
  await hands.sleep((task.stable_for ?? defaults.stable_for) * 1000);
  return { signalled };
}

async function send(signal: string, hands: Hands, task: Args): Promise<readonly Process[]> {
  const { stdout } = await hands.run(ownScript(signalScript(task, signal)), {
    stdin: lookedFor(task),
    contained: true,
  });
  return processesIn(stdout, task);
}

async function waitUntilGone(timeoutMs: number, hands: Hands, task: Args): Promise<readonly Process[]> {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const left = await list(task, hands);
    if (left.length === 0 || waitedMs >= timeoutMs) return left;
    await hands.sleep(pauseMs);
  }
}

function survived(left: readonly Process[], task: Args): WorldError {
  const who = left.map(({ pid, user }) => `${pid} of ${user}`);
  return new WorldError('failed', `processes ${named(task)} are still running: ${who.join(', ')}`, {
    hint:
      task.force === true
        ? 'does the task need `become: true`?'
        : 'they may belong to another user (`become: true`), or ignore the signal (`force: true`)',
    details: { pids: left.map(({ pid }) => String(pid)) },
  });
}

function describe({ state = 'absent', signal = defaults.signal, ...task }: Args): string {
  if (state === 'absent') return `would send ${signal} to ${named(task)}`;
  return task.start === undefined ? `checks that ${named(task)} is running` : `would start ${named(task)}`;
}

/** The module `process`. */
export const process = defineModule<Args, State>({
  name: 'process',
  summary: 'End processes and see that they stay away, or check that they are there',
  description:
    'Finds processes by their exact name or by a pattern on the command line, sends a signal, waits until they have ended, and looks again after `stable_for` seconds. It is no failure when there are none. With `state: present` and `start` it starts one when there is none, and looks whether it stays; without `start` it fails when there is none.',
  args,
  state: registerState,
  shorthand: 'name',
  examples: [
    '- name: Stop the replication\n  process: { name: slon, state: absent, stable_for: 25 }\n  become: true',
    '- name: Is the replication of fdb running\n  process: { pattern: "slon .*fdb", state: present }',
    '- name: Start the replication of fdb\n  process:\n    name: slon\n    state: present\n    start: /usr/local/desktone/scripts/start_slon_fdb.sh',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  describe,
  settleMs: ({ state, timeout = defaults.timeout }) => (state === 'present' ? timeout * 1000 : 0),
  resource: ({ name = '', pattern, user }) => [
    name,
    ...(pattern === undefined ? [] : [`pattern ${pattern}`]),
    ...(user === undefined ? [] : [`user ${user}`]),
  ],
  needs: ({ state, start: command }) => ({
    programs: state === 'present' && command !== undefined ? command.slice(0, 1) : [],
  }),
  // A daemon may make files and open a database, and it installs nothing.
  brings: (task) => (task === undefined || task.state === 'present' ? { files: true, data: true } : {}),
});
