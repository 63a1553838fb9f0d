// Eyes and hands for the machine that runs the tests: real commands, real files, no pretending.
// A directory can be put in the place of another (`/etc/init.d`) for the commands of one rig, in a mount namespace of their own.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdtemp, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownFiles } from '../../src/cli/own-files.js';
import type { Command } from '../../src/core/connection.js';
import type { RemoteFile, SeenFile, WriteOptions } from '../../src/core/host-file.js';
import type { AnyModule, CommandOptions, CommandResult, Hands, State, Told } from '../../src/core/module.js';
import { pathText } from '../../src/core/own-file.js';
import type { Plan } from '../../src/core/plan.js';
import { planOf } from '../../src/core/plan.js';
import { shellWords } from '../../src/core/quote.js';
import { WorldError } from '../../src/core/world-error.js';
import { exchange } from '../../src/engine/http.js';
import type { HttpWorld } from '../../src/engine/http.js';
import { targetOf } from './target.js';
import { expectDeclared } from './declared-state.js';

/** A directory for one test; removed by `await using`. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'playbook-test-')));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A call that went through the hands, in order. */
export interface Call {
  readonly verb: 'look' | 'run' | 'write';
  readonly what: string;
}

/** Eyes and hands on this machine, with a record of what was asked of them. */
export interface LocalHands extends Hands {
  readonly calls: Call[];
}

const notHere = (): Promise<never> =>
  Promise.reject(new WorldError('failed', 'this rig has no database and nobody to ask'));

/** Eyes and hands on this machine; `bind` puts directories over others for the commands (Linux, needs unshare). */
export function localHands(bind: Readonly<Record<string, string>> = {}): LocalHands {
  const calls: Call[] = [];
  const execute = async (verb: 'look' | 'run', command: Command, options: CommandOptions = {}) => {
    // As over a real connection, a script stands in no command line, where `pgrep -f` would find it.
    const [argv, script] =
      command.kind === 'argv'
        ? [command.argv, undefined]
        : [[command.shell ?? '/bin/sh', '-c', 'eval "$playbook_script"'], command.script];
    calls.push({ verb, what: script ?? shellWords(argv) });
    const environment = { ...options.environment, ...(script === undefined ? {} : { playbook_script: script }) };
    return judged(await collect(withBinds(argv, bind), { ...options, environment }), options);
  };
  return {
    host: 'localhost',
    postgres: targetOf().postgres,
    at: () => localHands(bind),
    calls,
    look: (command, options) => execute('look', command, options),
    run: (command, options) => execute('run', command, options),
    stat: (path, options) => statOf(path, options?.follow ?? false),
    read: (path) => readFile(path).then((bytes) => Uint8Array.from(bytes), ignoreMissing),
    file: (path) => fileAt(path),
    write: (path, content, options) => {
      calls.push({ verb: 'write', what: path });
      return replace(path, content, options);
    },
    own: async (path) => ownFiles.look(path),
    keep: async (path, content, expected) => {
      calls.push({ verb: 'write', what: pathText(path) });
      ownFiles.keep(path, content, expected);
    },
    reaches,
    dial,
    fetch: (look) => {
      calls.push({ verb: 'look', what: `${look.method} ${look.url}` });
      return exchange(look, web);
    },
    request: (request) => {
      calls.push({ verb: 'run', what: `${request.method} ${request.url}` });
      return exchange(request, web);
    },
    rows: notHere,
    explain: notHere,
    statements: notHere,
    stream: notHere,
    ask: notHere,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

function dial(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port }, () => resolve(socket));
    socket.once('error', (cause) => reject(new WorldError('failed', `cannot reach ${address}:${port}`, { cause })));
  });
}

/** What a task of the engine gives to its web requests, here. */
const web: HttpWorld = { dial, stopping: new AbortController().signal, hide: () => undefined };

function withBinds(argv: readonly string[], bind: Readonly<Record<string, string>>): readonly string[] {
  const mounts = Object.entries(bind).map(([over, from]) => shellWords(['mount', '--bind', from, over]));
  if (mounts.length === 0) return argv;
  const root = process.getuid?.() === 0 ? [] : ['-r'];
  return ['unshare', ...root, '-m', '/bin/sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh', ...argv];
}

function collect(
  argv: readonly string[],
  { chdir, environment, stdin, timeoutMs = 30_000 }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, {
      ...(chdir === undefined ? {} : { cwd: chdir }),
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined).end(stdin ?? '');
    child.on('error', (cause) => reject(new WorldError('failed', `cannot start \`${program}\``, { cause })));
    child.on('close', (rc, signal) => {
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
      resolve({ rc: rc ?? 128, stdout, stderr, ...(signal === null ? {} : { signal }) });
    });
  });
}

function judged(result: CommandResult, { expectRc = [0] }: CommandOptions): CommandResult {
  if (expectRc === 'any' || expectRc.includes(result.rc)) return result;
  throw new WorldError('failed', `the command ended with exit code ${result.rc}`, {
    details: { rc: result.rc, stdout: result.stdout, stderr: result.stderr },
  });
}

async function fileAt(path: string): Promise<SeenFile | undefined> {
  const found = await statOf(path, false);
  if (found?.kind !== 'file') return found;
  const content = Uint8Array.from(await readFile(path));
  return { ...found, content, sha256: createHash('sha256').update(content).digest('hex') };
}

function ignoreMissing(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
    return undefined;
  throw new WorldError('failed', 'cannot look', { cause });
}

async function statOf(path: string, follow: boolean): Promise<RemoteFile | undefined> {
  const found = await (follow ? stat(path) : lstat(path)).catch(ignoreMissing);
  if (found === undefined) return undefined;
  const names = await collect(['stat', ...(follow ? ['-L'] : []), '-c', '%U %G', path], {});
  const [owner = '', group = ''] = names.stdout.trim().split(' ');
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other';
  return {
    path,
    kind,
    mode: `0${(found.mode & 0o7777).toString(8)}`,
    owner,
    group,
    sizeBytes: found.size,
    modifiedAtSeconds: Math.floor(found.mtimeMs / 1000),
    ...(kind === 'link' ? { target: await readlink(path) } : {}),
  };
}

async function replace(path: string, content: Uint8Array, options: WriteOptions): Promise<void> {
  const old = await readFile(path).catch(ignoreMissing);
  const sha256 = old === undefined ? null : createHash('sha256').update(old).digest('hex');
  if (sha256 !== options.expectSha256) throw new WorldError('failed', `\`${path}\` was changed by someone else`);
  const temporary = `${path}.new`;
  const mode = options.mode ?? (await statOf(path, false))?.mode ?? '0644';
  await writeFile(temporary, content);
  await chmod(temporary, Number.parseInt(mode, 8));
  if (options.validate !== undefined) {
    const argv = options.validate.map((word) => word.replaceAll('%s', temporary));
    const { rc, stderr } = await collect(argv, {});
    if (rc !== 0) {
      await rm(temporary);
      throw new WorldError('failed', 'the new content did not pass its check', { details: { rc, stderr } });
    }
  }
  if (options.backup === true && old !== undefined) await writeFile(`${path}.backup~`, old);
  await rename(temporary, path);
}

function reaches(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false));
  });
}

/** What a module did to this machine. */
export interface Step {
  readonly plan: Plan;
  readonly told: Told;
  readonly after: State;
  /** The plan of a second look: empty when the module converged. */
  readonly again: Plan;
}

/** Looks, touches when there is something to do, and looks again until settled: what the engine does with a module. */
export async function stepHere(module: AnyModule, args: unknown, hands: LocalHands = localHands()): Promise<Step> {
  const bound = module.bind(args);
  const look = async () => {
    const found = await bound.inspect(hands);
    return { found, plan: planOf(found, bound.want(found)) };
  };
  const first = await look();
  expectDeclared(module, first.found);
  if (first.plan.kind !== 'change') return { plan: first.plan, told: {}, after: first.found, again: first.plan };
  const told = (await bound.apply?.(first.plan.change, hands)) ?? {};
  let last = await look();
  for (let waitedMs = 0; last.plan.kind !== 'same' && waitedMs < bound.settleMs && bound.provable; waitedMs += 100) {
    await hands.sleep(100);
    last = await look();
  }
  expectDeclared(module, { ...last.found, ...told });
  return { plan: first.plan, told, after: last.found, again: last.plan };
}
