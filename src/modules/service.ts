// Services under systemd or System V scripts. Exit codes of start and stop are not trusted: scripts end with 0 while
// the daemon dies, lives on, or takes minutes. What counts is the status, looked at until it is as wanted.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, CommandResult, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { shellWord } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { lastLines, ownScript } from './shared/own-script.js';
import { linesOf } from './shared/run-and-tell.js';
import type { ServiceState } from './shared/service-look.js';
import { lookScript, managerFunctions, serviceIn } from './shared/service-look.js';
import { orNull, wordOf } from './shared/state-schemas.js';

const states = ['started', 'stopped', 'restarted', 'reloaded'] as const;
const defaultTimeout = 60;

const args = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9_@:.\\\\-]+$', description: 'Name of the service.' }),
    state: Type.Optional(
      Type.Union(
        states.map((each) => Type.Literal(each)),
        { description: '`restarted` and `reloaded` always act; both start a service that is stopped.' },
      ),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'Whether it starts when the host boots.' })),
    pattern: Type.Optional(
      Type.String({
        pattern: '^[^\\n]+$',
        description:
          'Extended regular expression on command lines, for scripts without a `status` that can be trusted: the service runs when a process matches.',
      }),
    ),
    absent_ok: Type.Optional(
      Type.Boolean({ default: false, description: 'With `stopped`: it is fine when the host has no such service.' }),
    ),
    timeout: Type.Optional(
      Type.Number({ minimum: 1, default: defaultTimeout, description: 'Seconds until its status must be as wanted.' }),
    ),
    sleep: Type.Optional(Type.Number({ minimum: 0, description: 'With `restarted`: seconds between stop and start.' })),
  },
  { additionalProperties: false },
);

const registerState = Type.Object({
  manager: wordOf(['systemd', 'sysv', 'none']),
  state: wordOf(['running', 'stopped', 'starting', 'stopping', 'unknown', 'unknown_service']),
  enabled: orNull(Type.Boolean()),
  pid: orNull(Type.Integer()),
  started_at: orNull(Type.String()),
  said: Type.String(),
  rc: Type.Integer(),
  output: Type.String(),
  output_lines: Type.Array(Type.String()),
});

type Args = Bound<typeof args>;

/** How often the status is asked for, and how long it is waited for after a refusal, in milliseconds. */
const pauseMs = 500;
const afterRefusalMs = 5000;

async function inspect({ name, pattern }: Args, eyes: Eyes): Promise<ServiceState> {
  const options = pattern === undefined ? {} : { stdin: `${pattern}\n` };
  const { stdout } = await eyes.look(ownScript(lookScript(name, pattern !== undefined)), options);
  return serviceIn(stdout);
}

function want(task: Args, found: ServiceState): Partial<ServiceState> | Refusal {
  const { name, state, enabled } = task;
  if (state === undefined && enabled === undefined) return {};
  if (found.state === 'unknown_service') return unknownService(task);
  if (found.state === 'unknown' && state !== undefined) return unreadable(name, found);
  if (found.said === 'the unit is masked' && state !== undefined && state !== 'stopped') {
    return refuse(`service \`${name}\` is masked`, `\`systemctl unmask ${name}\` makes it known again`);
  }
  return { ...wantedState(task), ...(enabled === undefined ? {} : { enabled }) };
}

function wantedState({ state }: Args): Partial<ServiceState> {
  if (state === undefined) return {};
  if (state === 'started' || state === 'stopped') return { state: state === 'started' ? 'running' : 'stopped' };
  // Nobody can see by a look that this was not done yet: a fresh start is a wish that no look has granted.
  return { state: 'running', started_at: 'now' };
}

function unknownService({ name, state, absent_ok }: Args): Partial<ServiceState> | Refusal {
  if (absent_ok === true && state === 'stopped') return {};
  return refuse(
    `the host has no service \`${name}\``,
    state === 'stopped' ? 'say `absent_ok: true` when that is as it should be' : undefined,
  );
}

function unreadable(name: string, { said }: ServiceState): Refusal {
  const what = said === '' ? '' : `: ${said.split('\n')[0] ?? ''}`;
  return refuse(
    `the status of service \`${name}\` cannot be told${what}`,
    'say `pattern`, a regular expression on the command line of its process',
  );
}

async function apply(change: Change<ServiceState>, hands: Hands, task: Args): Promise<Told> {
  const { enabled, state, started_at } = change.after;
  if (enabled !== undefined) await hands.run(ownScript(enableScript(task.name, enabled === true)));
  if (state === undefined && started_at === undefined) return {};
  const before = await inspect(task, hands);
  const result = await act(before, hands, task);
  const after = await settled(result, before, hands, task);
  if (!isDone(task, before, after) || wasRefused(task, result)) throw await stuck(result, after, hands, task);
  return { rc: result.rc, output: result.stdout.trim(), output_lines: linesOf(result.stdout.trim()) };
}

async function act(before: ServiceState, hands: Hands, task: Args): Promise<CommandResult> {
  const { name, sleep } = task;
  switch (task.state) {
    case 'stopped':
      return hands.run(ownScript(actScript(name, 'stop')), { expectRc: 'any' });
    case 'restarted':
      if (before.state !== 'running') break;
      if (sleep === undefined) return hands.run(ownScript(actScript(name, 'restart')), { expectRc: 'any' });
      await stopFirst(before, hands, task);
      await hands.sleep(sleep * 1000);
      break;
    case 'reloaded':
      if (before.state === 'running') return hands.run(ownScript(actScript(name, 'reload')), { expectRc: 'any' });
      break;
    case 'started':
    case undefined:
      break;
  }
  return hands.run(ownScript(actScript(name, 'start')), { expectRc: 'any' });
}

async function stopFirst(before: ServiceState, hands: Hands, task: Args): Promise<void> {
  const stop: Args = { ...task, state: 'stopped' };
  const result = await act(before, hands, stop);
  const after = await settled(result, before, hands, stop);
  if (after.state !== 'stopped') throw await stuck(result, after, hands, stop);
}

// A daemon may keep the output of its script open for ever: it gets a file, and we read what is in it so far.
function actScript(name: string, verb: string): string {
  return `${managerFunctions(name)}
log=$(mktemp) || exit 1
if has_unit; then systemctl ${verb} -- "$name" >"$log" 2>&1 </dev/null; rc=$?
else has_script; ask ${verb} >"$log" 2>&1 </dev/null; rc=$?; fi
tail -c 8192 "$log"; rm -f -- "$log"; exit "$rc"`;
}

function enableScript(name: string, enabled: boolean): string {
  const [systemd, debian, redHat] = enabled ? ['enable', 'defaults', 'on'] : ['disable', 'remove', 'off'];
  const updateRc = enabled
    ? `update-rc.d "$name" ${debian} && update-rc.d "$name" enable`
    : 'update-rc.d "$name" disable';
  return `${managerFunctions(name)}
{ if has_unit; then systemctl ${systemd} -- "$name"
elif command -v update-rc.d; then ${updateRc}
else chkconfig "$name" ${redHat}; fi; } </dev/null`;
}

function isDone(task: Args, before: ServiceState, after: ServiceState): boolean {
  if (task.state === 'stopped') return after.state === 'stopped';
  if (after.state !== 'running') return false;
  const restarted = task.state === 'restarted' && before.state === 'running' && before.started_at !== null;
  return !restarted || after.started_at !== before.started_at;
}

/** A service that runs does not show that it was restarted or reloaded; there the exit code is the only witness. */
function wasRefused({ state }: Args, { rc }: CommandResult): boolean {
  return rc !== 0 && (state === 'restarted' || state === 'reloaded');
}

async function settled(result: CommandResult, before: ServiceState, hands: Hands, task: Args): Promise<ServiceState> {
  const timeoutMs = (task.timeout ?? defaultTimeout) * 1000;
  const endMs = result.rc === 0 ? timeoutMs : Math.min(timeoutMs, afterRefusalMs);
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const after = await inspect(task, hands);
    if (isDone(task, before, after) || waitedMs >= endMs) return after;
    await hands.sleep(pauseMs);
  }
}

async function stuck(result: CommandResult, after: ServiceState, hands: Hands, task: Args): Promise<WorldError> {
  const output = lastLines(result.stdout, 20);
  const journal = after.manager === 'systemd' ? await journalOf(task.name, hands) : '';
  return new WorldError('failed', `service \`${task.name}\` is ${after.state} after \`${verbOf(task)}\``, {
    hint: 'its own log says more; a start that only needs longer can be given a longer `timeout`',
    details: { rc: result.rc, output, ...(journal === '' ? {} : { journal }) },
  });
}

async function journalOf(name: string, eyes: Eyes): Promise<string> {
  const { stdout } = await eyes.look(ownScript(`journalctl -u ${shellWord(name)} -n 20 --no-pager 2>/dev/null || :`));
  return stdout.trimEnd();
}

function verbOf({ state = 'started' }: Args): string {
  return { started: 'start', stopped: 'stop', restarted: 'restart', reloaded: 'reload' }[state];
}

function describe(task: Args): string {
  const verbs = [
    ...(task.state === undefined ? [] : [verbOf(task)]),
    ...(task.enabled === undefined ? [] : [task.enabled ? 'enable' : 'disable']),
  ];
  return `would ${verbs.join(' and ')} \`${task.name}\``;
}

/** The module `service`. */
export const service = defineModule<Args, ServiceState>({
  name: 'service',
  summary: 'Start, stop, restart and enable services',
  description:
    'Works with systemd and with System V scripts, whichever knows the service. It looks at the status until it is as wanted, and does not trust exit codes. When the status of a script cannot be trusted, say `pattern`. With neither `state` nor `enabled` it only looks: register it, its `state` is `running`, `stopped`, `unknown_service`, ...',
  args,
  state: registerState,
  examples: [
    '- name: Stop the desktop services\n  service: { name: dtService, state: stopped }\n  become: true',
    '- name: Stop what only some hosts have\n  service: { name: av-manager, state: stopped, absent_ok: true }\n  become: true',
    '- name: Does it run\n  service: { name: dtService }\n  register: desktop_service',
    '- name: Start with the host\n  service: { name: postgresql, state: started, enabled: true }\n  become: true',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  settleMs: ({ timeout = defaultTimeout }) => timeout * 1000,
  provable: ({ state }) => state !== 'restarted' && state !== 'reloaded',
  describe,
  resource: ({ name }) => [name],
  needs: ({ name, absent_ok = false }) => ({ services: absent_ok ? [] : [name] }),
  // A daemon may make files and open a database, and it installs nothing.
  brings: (task) =>
    task === undefined || (task.state !== undefined && task.state !== 'stopped') ? { files: true, data: true } : {},
});
