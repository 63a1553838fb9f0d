// Who the hosts are: two inventory names that lead to one machine, or to one server of databases, would let a playbook
// copy a thing onto itself, or stop the only good half. And what time it is there.
import type { Host } from '../core/inventory.js';
import type { Clock } from '../core/clock.js';
import { WorldError } from '../core/world-error.js';
import type { RunContext } from './context.js';
import type { Finding } from './finding.js';
import type { Session } from './session.js';

/** How long a look may take, in milliseconds. */
const lookMs = 30_000;
/** How far a clock may be off before it is worth a word, in seconds. */
const clockSlackSeconds = 60;

/**
 * A kernel that runs (boot id), the machine's own id, and the namespaces that we are in: containers share the first,
 * and clones the second. BSD and macOS tell neither, and are never taken for one another.
 */
const identityScript = `LC_ALL=C; export LC_ALL
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
read -r id 2>/dev/null </etc/machine-id || read -r id 2>/dev/null </var/lib/dbus/machine-id
echo "place=$boot $id $(readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/uts 2>/dev/null | tr '\\n' ' ')"
echo "server=\${SSH_CONNECTION##* } $(set -f; set -- $SSH_CONNECTION; echo "$3")"
echo "at=$(date +%s)"`;

/** What a host said of itself. */
interface Identity {
  readonly host: Host;
  /** Empty when it cannot be told. */
  readonly place: string;
  readonly hostKey: string | undefined;
  /** Address and port of the ssh server, as it sees them itself. */
  readonly server: string;
  /** Its clock against ours, in seconds; beyond what the question took. */
  readonly offSeconds: number;
}

/** Looks at who the hosts are. Those that cannot tell are passed over. */
export async function machineFindings(context: RunContext, names: readonly string[]): Promise<readonly Finding[]> {
  const asked = names.map((name) => ({ host: context.state(name).host, session: context.session(name) }));
  const remote = asked.filter(({ session }) => session.target.connection === 'ssh');
  const known = await Promise.all(
    remote.map(({ host, session }) => identityOf(host, session, context.input.world.clock).catch(unknown)),
  );
  const identities = known.flatMap((each) => each ?? []);
  return [...twins(identities), ...identities.flatMap(clockFinding)];
}

function unknown(thrown: unknown): undefined {
  if (!(thrown instanceof WorldError)) throw thrown;
}

async function identityOf(host: Host, session: Session, clock: Clock): Promise<Identity> {
  return session.withConnection(async (connection) => {
    const before = clock.now();
    const { stdout } = await connection.exec({
      command: { kind: 'shell', script: identityScript },
      timeoutMs: lookMs,
      mutates: false,
      contained: true,
    });
    const after = clock.now();
    const text = Buffer.from(stdout).toString('utf8');
    const said = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
    const at = Number(said('at'));
    return {
      host,
      place: /^\S+ \S+ mnt:\S+ net:\S+ uts:\S+$/.test(said('place')) ? said('place') : '',
      hostKey: connection.hostKey,
      server: said('server'),
      offSeconds: at > 0 ? off(at, before / 1000, after / 1000) : 0,
    };
  });
}

/** How far a whole second of theirs is before or behind the time in which it was asked for. */
function off(at: number, before: number, after: number): number {
  if (at > after) return at - after;
  return at + 1 < before ? at + 1 - before : 0;
}

function clockFinding({ host, offSeconds }: Identity): readonly Finding[] {
  if (Math.abs(offSeconds) <= clockSlackSeconds) return [];
  const how = `${Math.round(Math.abs(offSeconds))} s ${offSeconds > 0 ? 'ahead of' : 'behind'}`;
  return [
    {
      code: 'preflight/clock',
      weight: 'notice',
      message: `the clock of \`${host.name}\` is ${how} the clock here`,
      span: host.span,
      hint: 'times in names and logs will not agree; look at its time service',
    },
  ];
}

/** Every name that leads to a machine to which an earlier one leads. */
function twins(identities: readonly Identity[]): readonly Finding[] {
  return identities.flatMap((each, index) => {
    const twin = identities.slice(0, index).find((other) => isOne(other, each));
    return twin === undefined ? [] : [oneMachine(twin.host, each.host)];
  });
}

/**
 * The same kernel, machine and namespaces, and the same way in: a lab may run many appliances on one machine, each
 * behind an ssh server with a key of its own, and clones of a machine may share a key.
 */
function isOne(left: Identity, right: Identity): boolean {
  if (left.place === '' || left.place !== right.place) return false;
  const sameKey = left.hostKey !== undefined && left.hostKey === right.hostKey;
  return sameKey || (left.server !== '' && left.server === right.server);
}

function oneMachine(first: Host, second: Host): Finding {
  return {
    code: 'preflight/one-machine',
    weight: 'refusal',
    message: `\`${first.name}\` and \`${second.name}\` lead to one machine`,
    span: second.span,
    hint: 'check `ssh_host` and `ssh_port` of both: an address that moved, or a name that was copied',
    also: [{ span: first.span, message: 'the same machine' }],
  };
}
