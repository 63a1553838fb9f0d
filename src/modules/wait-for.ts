// Waiting with a criterion: for a port, a path, a text in a file, or a command that succeeds. Nothing on the host
// is touched, so a wait is `ok`, never `changed`.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { commandPlace } from '../core/place.js';
import { shellWords } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { utf8Text } from './shared/file-bytes.js';
import { lastLines } from './shared/own-script.js';
import { matchLines } from './shared/safe-match.js';

const defaults = { host: '127.0.0.1', timeout: 300, sleep: 1, connect_timeout: 5 } as const;

const args = Type.Object(
  {
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port that must accept connections.' }),
    ),
    host: Type.Optional(
      Type.String({ minLength: 1, default: defaults.host, description: 'Address of the port, as seen from the host.' }),
    ),
    path: Type.Optional(Type.String({ minLength: 1, description: 'Path that must exist.' })),
    search_regex: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'With `path`: a line of the file must match. JavaScript syntax.',
      }),
    ),
    command: Type.Optional(commandPlace('A look that must end with 0.')),
    state: Type.Optional(
      Type.Union(
        (['started', 'stopped', 'present', 'absent'] as const).map((each) => Type.Literal(each)),
        {
          default: 'started',
          description: '`started` and `present` wait until it is so, `stopped` and `absent` until it is not.',
        },
      ),
    ),
    timeout: Type.Optional(
      Type.Number({ minimum: 0, default: defaults.timeout, description: 'Seconds to wait at most.' }),
    ),
    delay: Type.Optional(
      Type.Number({ minimum: 0, default: 0, description: 'Seconds to wait before the second look.' }),
    ),
    sleep: Type.Optional(
      Type.Number({ minimum: 0.05, default: defaults.sleep, description: 'Seconds between two looks.' }),
    ),
    connect_timeout: Type.Optional(
      Type.Number({
        minimum: 0.1,
        default: defaults.connect_timeout,
        description: 'Seconds that one connection may take.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;
/** `seen` says in words what the last look saw. */
type State = { readonly ready: boolean; readonly seen: string };

interface Sight {
  readonly there: boolean;
  readonly seen: string;
}

async function inspect(task: Args, eyes: Eyes): Promise<State> {
  if (mistake(task) !== undefined) return { ready: false, seen: 'nothing to look at' };
  const { there, seen } = await sight(task, eyes);
  return { ready: there === wantsPresence(task), seen };
}

function wantsPresence({ state = 'started' }: Args): boolean {
  return state === 'started' || state === 'present';
}

async function sight(task: Args, eyes: Eyes): Promise<Sight> {
  if (task.port !== undefined) return portSight(task.port, task, eyes);
  if (task.path !== undefined) return pathSight(task.path, task.search_regex, eyes);
  const result = await eyes.look({ kind: 'argv', argv: task.command ?? [] }, { expectRc: 'any' });
  const said = lastLines(result.stderr || result.stdout, 1);
  return { there: result.rc === 0, seen: `exit code ${result.rc}${said === '' ? '' : `: ${said}`}` };
}

async function portSight(port: number, { host = defaults.host, connect_timeout }: Args, eyes: Eyes): Promise<Sight> {
  const there = await eyes.reaches(host, port, (connect_timeout ?? defaults.connect_timeout) * 1000);
  return { there, seen: `port ${port} of \`${host}\` ${there ? 'accepts' : 'does not accept'} connections` };
}

async function pathSight(path: string, searched: string | undefined, eyes: Eyes): Promise<Sight> {
  const found = await eyes.stat(path, { follow: true });
  if (found === undefined || searched === undefined) {
    return { there: found !== undefined, seen: `\`${path}\` ${found === undefined ? 'does not exist' : 'exists'}` };
  }
  const bytes = found.kind === 'file' ? await eyes.read(path) : undefined;
  const matches = matchLines(searched, linesOf(bytes ?? new Uint8Array()));
  if (matches.kind === 'problem') throw new WorldError('failed', matches.message);
  const there = matches.lines.includes(true);
  return { there, seen: `${there ? 'a' : 'no'} line of \`${path}\` matches` };
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return (utf8Text(bytes) ?? Buffer.from(bytes).toString('latin1')).split(/\r?\n/);
}

function mistake({ port, path, command, search_regex }: Args): Refusal | undefined {
  const said = [port, path, command].filter((each) => each !== undefined).length;
  if (said !== 1) return refuse('say one of `port`, `path` and `command`');
  return search_regex !== undefined && path === undefined ? refuse('`search_regex` needs `path`') : undefined;
}

function want(task: Args, found: State): Partial<State> | Refusal {
  return mistake(task) ?? (found.ready ? {} : { ready: true });
}

async function apply(_change: Change<State>, hands: Hands, task: Args): Promise<Told> {
  const { timeout = defaults.timeout, delay = 0, sleep = defaults.sleep } = task;
  let waitedMs = delay * 1000;
  await hands.sleep(waitedMs);
  for (;;) {
    const startedMs = performance.now();
    const { ready, seen } = await inspect(task, hands);
    // Both what was slept and what the looks took: a clock that tests own does not move `performance`.
    waitedMs += performance.now() - startedMs;
    if (ready) return { elapsed: Math.round(waitedMs / 1000) };
    if (waitedMs >= timeout * 1000) throw tooLate(task, timeout, seen);
    await hands.sleep(sleep * 1000);
    waitedMs += sleep * 1000;
  }
}

function tooLate(task: Args, timeout: number, seen: string): WorldError {
  return new WorldError('failed', `waited ${timeout} s until ${awaited(task)}, and last saw: ${seen}`, {
    hint: 'look at the log of what should have come; `timeout` may be too short',
  });
}

function awaited(task: Args): string {
  const { port, host = defaults.host, path, search_regex, command } = task;
  const so = wantsPresence(task);
  if (port !== undefined) return `port ${port} of \`${host}\` ${so ? 'accepts' : 'no longer accepts'} connections`;
  if (path === undefined) return `\`${shellWords(command ?? [])}\` ${so ? 'succeeds' : 'fails'}`;
  if (search_regex === undefined) return `\`${path}\` ${so ? 'exists' : 'is gone'}`;
  return `${so ? 'a' : 'no'} line of \`${path}\` matches \`${search_regex}\``;
}

/** The module `wait_for`. */
export const waitFor = defineModule<Args, State>({
  name: 'wait_for',
  summary: 'Wait for a port, a path, a text in a file, or a command that succeeds',
  description: 'Looks until it is so or the time is over; then it fails and says what it saw last.',
  args,
  state: Type.Object({ ready: Type.Boolean(), seen: Type.String(), elapsed: Type.Integer() }),
  examples: [
    '- name: Wait until the service centre answers\n  wait_for: { port: 8443, timeout: 600 }',
    '- name: Wait until the old primary is down\n  wait_for: { host: 10.0.0.1, port: 5432, state: stopped }',
    '- name: Wait until PostgreSQL accepts connections\n  wait_for: { command: pg_isready -q, timeout: 60 }',
  ],
  inspect,
  want,
  apply,
  leavesHostAlone: true,
  describe: (task) => `would wait until ${awaited(task)}`,
  needs: ({ port }) => ({ withoutShell: port !== undefined }),
  // What is waited for comes from somewhere.
  brings: () => ({ files: true, data: true }),
});
