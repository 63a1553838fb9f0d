// What ~/.ssh/config says of a host, asked from the system's own ssh (`ssh -G`), whose rules nobody else gets right.
// Without ssh, the inventory and ssh's defaults stand alone. What the inventory says wins.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { WorldError } from '../core/world-error.js';
import { codeOf, lastLines, reasonOf } from './printable.js';

/** A host as a person names it, before the configuration is asked. */
export interface Destination {
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
}

/** What ssh would do for a destination. */
export interface SshConfig {
  /** The destination's address as it was asked for. */
  readonly address: string;
  readonly hostName: string;
  readonly user: string;
  readonly port: number;
  /** Private key files in order; those that are not there are no problem unless the inventory names them. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The socket of the agent, or nothing. */
  readonly agent: string | undefined;
  readonly jump: readonly string[];
  readonly usesProxyCommand: boolean;
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** The name that known_hosts has for the host. */
  readonly hostKeyName: string;
}

const defaultIdentities = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/** Asks once for each destination. */
export class SshConfigReader {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #answers = new Map<string, Promise<SshConfig>>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** What holds for a destination. */
  read(destination: Destination): Promise<SshConfig> {
    const key = JSON.stringify([destination.address, destination.user, destination.port]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#ask(destination);
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }

  async #ask(destination: Destination): Promise<SshConfig> {
    const text = await this.#run(destination);
    const settings = text === undefined ? new Map<string, readonly string[]>() : parseSettings(text);
    return this.#config(destination, settings);
  }

  #run({ address, user, port }: Destination): Promise<string | undefined> {
    const words = [
      '-G',
      '-T',
      ...this.#configFile(),
      ...(user === undefined ? [] : ['-l', user]),
      ...(port === undefined ? [] : ['-p', String(port)]),
      '--',
      address,
    ];
    return new Promise((resolve, reject) => {
      const options = { env: this.#environment, timeout: 10_000, maxBuffer: 1024 * 1024 };
      execFile('ssh', words, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (codeOf(error) === 'ENOENT') resolve(undefined);
        else reject(unreadable(address, lastLines(stderr)[0] ?? reasonOf(error)));
      });
    });
  }

  /** ssh finds its home in the password file; another HOME has its own configuration, or none. */
  #configFile(): readonly string[] {
    if (this.#home === userInfo().homedir) return [];
    const file = join(this.#home, '.ssh', 'config');
    return ['-F', existsSync(file) ? file : 'none'];
  }

  get #home(): string {
    return this.#environment['HOME'] ?? userInfo().homedir;
  }

  #config(destination: Destination, settings: ReadonlyMap<string, readonly string[]>): SshConfig {
    const first = (name: string): string | undefined => settings.get(name)?.[0];
    const hostName = first('hostname') ?? destination.address;
    const user = destination.user ?? first('user') ?? userInfo().username;
    const port = destination.port ?? Number(first('port') ?? 22);
    const expand = (path: string): string => this.#expand(path, hostName, user, port);
    const files = (name: string, otherwise: readonly string[]): readonly string[] =>
      (first(name)?.split(/\s+/) ?? otherwise).filter((file) => file !== 'none').map(expand);
    const jump = first('proxyjump') ?? 'none';
    return {
      address: destination.address,
      hostName,
      user,
      port,
      identityFiles: (settings.get('identityfile') ?? defaultIdentities).filter((file) => file !== 'none').map(expand),
      identitiesOnly: first('identitiesonly') === 'yes',
      agent: this.#agent(first('identityagent'), expand),
      usesProxyCommand: (first('proxycommand') ?? 'none') !== 'none',
      jump: jump === 'none' ? [] : jump.split(','),
      userKnownHostsFiles: files('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
      globalKnownHostsFiles: files('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
      hostKeyName: first('hostkeyalias') ?? hostName,
    };
  }

  #agent(said: string | undefined, expand: (path: string) => string): string | undefined {
    const socket = this.#environment['SSH_AUTH_SOCK'];
    if (said === 'none') return undefined;
    if (said === undefined || said === 'SSH_AUTH_SOCK') return socket === '' ? undefined : socket;
    return said.startsWith('$') ? this.#environment[said.slice(1).replace(/^\{(.*)\}$/, '$1')] : expand(said);
  }

  #expand(path: string, host: string, user: string, port: number): string {
    const local = userInfo();
    const homeDirectory = local.homedir;
    const tokens: Readonly<Record<string, string>> = {
      '%%': '%',
      '%d': this.#home,
      '%h': host,
      '%r': user,
      '%p': String(port),
      '%u': local.username,
    };
    const expanded = path.replaceAll(/%[%dhrpu]/g, (token) => tokens[token] ?? token).replace(/^~(?=\/|$)/, this.#home);
    // ssh may have put the home of the password file in already.
    return homeDirectory !== this.#home && expanded.startsWith(`${homeDirectory}/`)
      ? this.#home + expanded.slice(homeDirectory.length)
      : expanded;
  }
}

/** `ssh -G` prints one setting a line, its name in lower case. */
function parseSettings(text: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at < 0) continue;
    const name = line.slice(0, at).toLowerCase();
    settings.set(name, [...(settings.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  return settings;
}

function unreadable(address: string, reason: string): WorldError {
  return new WorldError('unreachable', `cannot read the ssh configuration of \`${address}\`: ${reason}`, {
    hint: `try \`ssh -G ${address}\``,
  });
}
