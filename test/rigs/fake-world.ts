// A world of hosts that are maps of flags, for tests of the engine: everything the engine does goes through the real
// loader, the real senses and the real step; only the far end of the wire is made up, so that it can misbehave on demand.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { ownFiles } from '../../src/cli/own-files.js';
import type { Connection, Database, ExecRequest, Outcome, Target } from '../../src/core/connection.js';
import type { Event, HostRecap, Stamped, Status } from '../../src/core/event.js';
import type { ExitCode } from '../../src/core/exit.js';
import type { Holder } from '../../src/core/hold.js';
import { defineModule } from '../../src/core/module.js';
import type { AnyModule } from '../../src/core/module.js';
import type { Answer, Question } from '../../src/core/operator.js';
import { Past } from '../../src/core/past.js';
import { Redactor } from '../../src/core/redact.js';
import { ok } from '../../src/core/result.js';
import type { RunInput, RunOptions } from '../../src/core/run.js';
import { WorldError } from '../../src/core/world-error.js';
import type { WorldErrorKind } from '../../src/core/world-error.js';
import type { Preflight } from '../../src/engine/preflight.js';
import { lookAhead, run } from '../../src/engine/run.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';
import { MemoryHolds } from './memory-holds.js';

const flagArgs = Type.Object(
  { name: Type.String({ description: 'flag' }), value: Type.String({ description: 'value' }) },
  { additionalProperties: false },
);
const goArgs = Type.Object({ to: Type.String({ description: 'where' }) }, { additionalProperties: false });

/** A module that keeps a flag on its host; `slon.fdb` is a part of `slon`. */
const flag = defineModule<Static<typeof flagArgs>, { readonly value: string }>({
  name: 'flag',
  summary: 'keep a flag',
  args: flagArgs,
  examples: [],
  inspect: async ({ name }, eyes) => ({
    value: (await eyes.look({ kind: 'argv', argv: ['get', name] }, { contained: true })).stdout,
  }),
  want: ({ value }) => ({ value }),
  apply: async (_, hands, { name, value }) => {
    await hands.run({ kind: 'argv', argv: ['set', name, value] });
  },
  lasting: true,
  resource: ({ name }) => name.split('.'),
});

/** A module whose work no look can prove, as a bare command's. */
const go = defineModule<Static<typeof goArgs>, { readonly gone: boolean }>({
  name: 'go',
  summary: 'go somewhere',
  args: goArgs,
  shorthand: 'to',
  examples: [],
  provable: () => false,
  inspect: async () => ({ gone: false }),
  want: () => ({ gone: true }),
  apply: async (_, hands, { to }) => {
    const { rc, stdout, stderr } = await hands.run({ kind: 'argv', argv: ['go', to] });
    return { rc, stdout, stderr };
  },
});

/** What a request to a host ends in, instead of what it would do; `before` leaves the flag, `after` sets it first. */
export interface Fault {
  readonly kind: WorldErrorKind;
  readonly moment: 'before' | 'after';
  /** The detail `reason` of its error. */
  readonly reason?: string;
}

type Options = Partial<RunOptions> & {
  readonly inventory?: string;
  /** Which life of the run this is, of one that holds its hosts. */
  readonly life?: number;
  /** What the earlier lives wrote down. */
  readonly past?: readonly Event[];
};

/** Events as a journal has them. */
export function journalled(events: readonly Event[]): readonly Stamped[] {
  return events.map((event, index) => ({
    v: 1,
    seq: index + 1,
    at: '2025-01-30T03:00:00.000Z',
    run: 'test',
    ...event,
  }));
}

/** One run of a made-up world, and what became of it. */
export interface Ended {
  readonly exitCode: ExitCode;
  readonly events: readonly Event[];
  /** `host: set name value` for everything that was touched, in order. */
  readonly touched: readonly string[];
  readonly recap: Readonly<Record<string, HostRecap>>;
  /** Statuses of a task by its name, as `host=status`, items left out. */
  statuses(task: string): readonly string[];
}

/** A made-up world. Fill it, then run playbooks in it; flags stay from run to run. */
export class FakeWorld {
  readonly holds = new MemoryHolds();
  readonly flags = new Map<string, Map<string, string>>();
  readonly unreachable = new Set<string>();
  readonly touched: string[] = [];
  /** Faults by `host verb name`, each used once unless kept. */
  readonly faults = new Map<string, Fault & { readonly keep?: boolean }>();
  /** Flags that do not take: `host name`. */
  readonly stubborn = new Set<string>();
  readonly asked: Question[] = [];
  answer: Answer = { kind: 'confirmed', typed: 'x', by: 'test' };
  steps: ('run' | 'skip' | 'continue')[] = [];
  /** Called before each request. */
  onRequest: (request: string) => void = () => undefined;
  /** Called with the name of each command that has one. */
  onClaim: (host: string, name: string) => void = () => undefined;
  readonly draining = new AbortController();
  readonly redactor = new Redactor();
  /** Hosts on which nobody can become anybody. */
  readonly withoutSudo = new Set<string>();
  /** Fingerprints of host keys. */
  readonly hostKeys = new Map<string, string>();
  /** What a look by a script answers, by `host user`, instead of what this machine would. */
  readonly answers = new Map<string, string | WorldError>();
  /** Why databases cannot be opened, by `host name`. */
  readonly closed = new Map<string, WorldError>();
  /** Databases by `host name`. */
  readonly databases = new Map<string, Database>();
  /** Looks by scripts, which are run for real on this machine: `host user`. */
  readonly looks: string[] = [];
  /** The PATH of those scripts. */
  path = process.env['PATH'] ?? '';
  /** How far the clock here is behind the real one, in milliseconds. */
  behindMs = 0;
  readonly #bornMs = Date.now();
  /** How many hosts were at work at once, at most. */
  busiest = 0;
  #busy = 0;
  #nowMs = 0;

  /** Runs a playbook text over hosts `a`, `b`, ... of the group `all` (and an inventory text when given). */
  async run(playbook: string, options: Options = {}): Promise<Ended> {
    const before = this.touched.length;
    const { events, result } = await this.#with(playbook, options, run);
    const last = events.at(-1);
    return {
      exitCode: result,
      events,
      touched: this.touched.slice(before),
      recap: last?.type === 'run.finished' ? last.recap : {},
      statuses: (task) => statusesOf(events, task),
    };
  }

  /** Looks at what a playbook text would need. */
  async preflight(playbook: string, options: Options = {}): Promise<Preflight> {
    return (await this.#with(playbook, options, lookAhead)).result;
  }

  async #with<T>(playbook: string, options: Options, work: (input: RunInput) => Promise<T>) {
    const directory = mkdtempSync(join(tmpdir(), 'playbook-engine-'));
    try {
      writeFileSync(join(directory, 'play.yml'), playbook);
      writeFileSync(join(directory, 'hosts.yml'), options.inventory ?? 'all: { hosts: { a: , b: } }');
      return await this.#work(directory, options, work);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  async #work<T>(directory: string, options: Options, work: (input: RunInput) => Promise<T>) {
    const registry: ReadonlyMap<string, AnyModule> = new Map([...modules, ['flag', flag], ['go', go]]);
    const loaded = loadPlaybook(join(directory, 'play.yml'), registry);
    const inventory = loadInventory([join(directory, 'hosts.yml')], {
      cwd: directory,
      cli: [],
      secrets: this.redactor,
    });
    if (!loaded.ok || !inventory.ok)
      throw new Error(
        JSON.stringify([loaded, inventory], (key, value: unknown) => (key === 'span' ? undefined : value), 1),
      );
    const events: Event[] = [];
    const result = await work({
      id: 'test',
      playbooks: [loaded.value.playbook],
      inventory: inventory.value,
      target: (host) => ok(target(host.name)),
      options: {
        check: false,
        diff: false,
        tags: [],
        skipTags: [],
        step: false,
        forks: 10,
        taskTimeoutMs: 60_000,
        liveOutput: false,
        ...options,
      },
      ...(options.life === undefined ? {} : { holder: holderOf(options.life) }),
      ...(options.past === undefined ? {} : { past: new Past(journalled(options.past)) }),
      world: {
        connector: {
          connect: (to) =>
            this.unreachable.has(to.host)
              ? Promise.reject(new WorldError('unreachable', 'no route'))
              : Promise.resolve(this.#connection(to.host)),
          database: (to, _, name) => {
            const database = this.databases.get(`${to.host} ${name}`);
            return database === undefined
              ? Promise.reject(this.closed.get(`${to.host} ${name}`) ?? new WorldError('failed', 'no database here'))
              : Promise.resolve(database);
          },
        },
        // Time passes only when somebody waits, so no test does.
        clock: {
          now: () => this.#bornMs - this.behindMs + this.#nowMs,
          monotonicMs: () => this.#nowMs,
          sleep: (ms) => Promise.resolve(void (this.#nowMs += ms)),
        },
        ownFiles,
        operator: {
          ask: (question) => (this.asked.push(question), Promise.resolve(this.answer)),
          step: () => Promise.resolve(this.steps.shift() ?? 'run'),
        },
        emit: (event) => Promise.resolve(void events.push(structuredClone(event))),
        redactor: this.redactor,
        draining: this.draining.signal,
        stopping: new AbortController().signal,
      },
    });
    return { events, result };
  }

  #connection(host: string): Connection {
    const hostKey = this.hostKeys.get(host);
    return {
      host,
      ...(hostKey === undefined ? {} : { hostKey }),
      exec: (request) => this.#exec(host, request),
      hold: (request) => Promise.resolve(this.holds.ask(host, request)),
      // No command of this world outlives its request.
      claims: () => Promise.resolve([]),
      dial: () => Promise.reject(new WorldError('failed', 'nothing listens')),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** A look by a script, on this machine. */
  #look(host: string, script: string, { become, environment, stdin }: ExecRequest): Outcome {
    this.looks.push(`${host} ${become?.user ?? '-'}`);
    if (become !== undefined && this.withoutSudo.has(host))
      throw new WorldError('failed', `sudo on \`${host}\` refused`, { details: { reason: 'become' } });
    const answer = this.answers.get(this.looks.at(-1) ?? '');
    if (answer instanceof WorldError) throw answer;
    if (answer !== undefined) return { rc: 0, stdout: Buffer.from(answer), stderr: Buffer.alloc(0) };
    const input = stdin instanceof Uint8Array ? stdin : '';
    const ended = spawnSync('/bin/sh', ['-c', script], { env: { PATH: this.path, ...environment }, input });
    return { rc: ended.status ?? 128, stdout: ended.stdout, stderr: ended.stderr };
  }

  async #exec(host: string, request: ExecRequest): Promise<Outcome> {
    if (request.command.kind === 'shell' && !request.mutates) return this.#look(host, request.command.script, request);
    const argv = request.command.kind === 'argv' ? request.command.argv : [request.command.script];
    const [verb = '', name = '', value = ''] = argv;
    this.onRequest(`${host} ${argv.join(' ')}`);
    this.#checkFence(host, request);
    if (request.claim !== undefined) this.onClaim(host, request.claim.name);
    this.#busy += 1;
    this.busiest = Math.max(this.busiest, this.#busy);
    await new Promise((resolve) => setImmediate(resolve));
    this.#busy -= 1;
    const fault = this.faults.get(`${host} ${verb} ${name}`);
    if (fault?.keep !== true) this.faults.delete(`${host} ${verb} ${name}`);
    if (fault?.moment === 'before') throw faulty(fault, verb, name);
    const rc = this.#do(host, verb, name, value);
    if (fault?.moment === 'after') throw faulty(fault, verb, name);
    const stdout = verb === 'get' ? (this.flags.get(host)?.get(name) ?? '') : `${verb} ${name}`;
    return { rc, stdout: Buffer.from(stdout), stderr: Buffer.alloc(0) };
  }

  #checkFence(host: string, { fence }: ExecRequest): void {
    const { holder } = this.holds.ask(host, { kind: 'look' });
    if (fence === undefined || (holder?.run === fence.run && holder.number === fence.number)) return;
    throw new WorldError('fenced', `\`${host}\` is not ours`);
  }

  #do(host: string, verb: string, name: string, value: string): number {
    if (verb === 'get') return 0;
    this.touched.push(`${host}: ${[verb, name, value].join(' ').trim()}`);
    if (verb === 'set' && !this.stubborn.has(`${host} ${name}`)) this.flagsOf(host).set(name, value);
    return name.startsWith('fail') ? 1 : 0;
  }

  /** The flags of a host. */
  flagsOf(host: string): Map<string, string> {
    const flags = this.flags.get(host) ?? new Map<string, string>();
    this.flags.set(host, flags);
    return flags;
  }
}

function statusesOf(events: readonly Event[], task: string): readonly string[] {
  return events.flatMap((event): readonly `${string}=${Status}`[] =>
    event.type === 'task.finished' && event.name === task && event.item === undefined
      ? [`${event.host}=${event.status}`]
      : [],
  );
}

function faulty({ kind, reason }: Fault, verb: string, name: string): WorldError {
  return new WorldError(kind, `${verb} ${name} met a fault`, { details: reason === undefined ? {} : { reason } });
}

function holderOf(number: number): Holder {
  return { run: 'test', number, by: 'anna@laptop', since: '2025-01-30T03:00:00Z', playbook: 'play.yml' };
}

function target(host: string): Target {
  return {
    host,
    connection: 'ssh',
    address: host,
    jump: [],
    connectTimeoutMs: 1000,
    become: { enabled: false, user: 'root', method: 'sudo' },
    stateDirectory: '/var/tmp/playbook',
    postgres: { through: 'ssh', address: '127.0.0.1', port: 5432, user: 'x', database: 'x', tls: false },
  };
}
