// Hosts to measure against: one network namespace each, with an ssh server, a process table, a name and a disk of its
// own. They end with this process, however it ends; the names that a killed one leaves are removed by the next.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How a host is reached, and the folder in which its disk is seen from outside. */
export interface BenchHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The public part of its host key, as known_hosts has it. */
  readonly publicKey: string;
  /** What the host sees as /srv. */
  readonly srv: string;
}

/** Hosts that run. */
export interface Ground extends AsyncDisposable {
  readonly hosts: readonly BenchHost[];
  readonly privateKeyFile: string;
}

const prefix = 'pbb';
const programs = ['/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/bin/setpriv', '/usr/bin/unshare'];
const init = fileURLToPath(new URL('host-init', import.meta.url));

/** Why there can be no hosts on this machine; undefined when there can. */
export function whyNoGround(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'hosts are network namespaces: Linux, as root';
  const missing = programs.filter((each) => !existsSync(each));
  return missing.length === 0 ? undefined : `missing ${missing.join(', ')}: openssh-server, openssh-client, util-linux`;
}

function ip(batch: readonly string[], force = false): void {
  const flags = force ? ['-force', '-batch', '-'] : ['-batch', '-'];
  execFileSync('ip', flags, {
    input: `${batch.join('\n')}\n`,
    stdio: ['pipe', 'ignore', force ? 'ignore' : 'inherit'],
  });
}

function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Removes names of benches whose process is gone. */
function removeLeftovers(): void {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const bridges = readdirSync('/sys/class/net');
  const pidOf = (name: string): number => Number(new RegExp(`^${prefix}(\\d+)`).exec(name)?.[1] ?? process.pid);
  const dead = (name: string): boolean => name.startsWith(prefix) && !lives(pidOf(name));
  ip(
    [
      ...names.filter(dead).map((name) => `netns del ${name}`),
      ...bridges.filter(dead).map((name) => `link del ${name}`),
    ],
    true,
  );
}

/** The first two numbers of a network that nothing on this machine uses. */
function freeNetwork(): string {
  for (let second = 232; second < 250; second += 1) {
    const used = execFileSync('ip', ['route', 'show', 'root', `10.${second}.0.0/16`], { encoding: 'utf8' });
    if (used === '') return `10.${second}`;
  }
  throw new Error('no free network among 10.232.0.0/16 to 10.249.0.0/16');
}

async function answers(address: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const heard = await new Promise<boolean>((resolve) => {
      const socket = connect(22, address);
      socket.once('data', () => socket.destroy()).once('error', () => resolve(false));
      socket.once('close', (failed) => resolve(!failed));
      socket.setTimeout(2000, () => socket.destroy(new Error('silent')));
    });
    if (heard) return;
    await delay(50);
  }
  throw new Error(`the host at ${address} did not come up`);
}

/** Ends the hosts, by the ids of their first processes, and removes what has their names. */
async function tearDown(directory: string, first: readonly ChildProcess[], bridge: string): Promise<void> {
  const ended = first
    .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    .map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of first) child.kill('SIGKILL');
  await Promise.all(ended);
  ip([...first.map((_, index) => `netns del ${bridge}.${index}`), `link del ${bridge}`], true);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts hosts. */
export async function startGround(count: number): Promise<Ground> {
  removeLeftovers();
  const directory = mkdtempSync(join(tmpdir(), 'pbb-hosts-'));
  const bridge = `${prefix}${process.pid}`;
  const network = freeNetwork();
  const privateKeyFile = join(directory, 'id_ed25519');
  const first: ChildProcess[] = [];
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', privateKeyFile]);
    const authorized = readFileSync(`${privateKeyFile}.pub`, 'utf8').trim();
    ip([`link add ${bridge} type bridge`, `addr add ${network}.255.254/16 dev ${bridge}`, `link set ${bridge} up`]);
    const plans = Array.from({ length: count }, (_, index) => ({
      name: `host-${String(index + 1).padStart(3, '0')}`,
      address: `${network}.${Math.floor(index / 200)}.${(index % 200) + 1}`,
      namespace: `${bridge}.${index}`,
      state: join(directory, `host-${index + 1}`),
    }));
    ip(
      plans.flatMap(({ namespace }) => [
        `netns add ${namespace}`,
        `link add ${namespace} type veth peer name eth0 netns ${namespace}`,
        `link set ${namespace} master ${bridge} up`,
      ]),
    );
    for (const { name, address, namespace, state } of plans) {
      mkdirSync(state);
      const log = openSync(join(state, 'log'), 'w');
      // --kill-child: with its first process ends all of a host. --pdeathsig: with this process end the hosts.
      const words = ['--pdeathsig', 'KILL', 'ip', 'netns', 'exec', namespace, 'unshare', '--mount', '--uts', '--ipc'];
      const more = ['--pid', '--fork', '--kill-child', '--propagation', 'private', init, name, `${address}/16`, state];
      first.push(spawn('setpriv', [...words, ...more, authorized], { stdio: ['ignore', log, log], detached: true }));
    }
    await Promise.all(plans.map(({ address }) => answers(address)));
    const hosts = plans.map(({ name, address, state }) => ({
      name,
      address,
      port: 22,
      publicKey: readFileSync(join(state, 'host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' '),
      srv: join(state, 'srv'),
    }));
    return { hosts, privateKeyFile, [Symbol.asyncDispose]: () => tearDown(directory, first, bridge) };
  } catch (thrown) {
    await tearDown(directory, first, bridge);
    throw thrown;
  }
}
