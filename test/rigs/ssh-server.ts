// An ssh server that misbehaves as told: real programs behind it, and every way in which a server can break its word.
// It records what was asked of it, so that tests can show what was never sent.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Algorithms, AuthContext, Connection, ServerChannel, ServerConfig } from 'ssh2';

/** How one server behaves; everything left out is as it should be. */
export interface Behaviour {
  /** Host keys, private; a fresh ed25519 one otherwise. */
  readonly hostKeys?: readonly string[];
  /** Decides about each authentication; everyone is let in otherwise. */
  readonly authenticate?: (context: AuthContext) => void;
  /** What becomes of a command that was asked for; it is run by the login shell otherwise. */
  readonly exec?: (act: ExecAct) => void;
  /** How many sessions a connection may have at once. */
  readonly maxSessions?: number;
  /** Whether ports and sockets are forwarded (they are). */
  readonly forwarding?: boolean;
  /** The login shell (default /bin/sh) and its environment. */
  readonly shell?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly onReady?: (connection: Connection) => void;
  /** What it offers; what ssh2 offers otherwise. */
  readonly algorithms?: Algorithms;
  /** What it says before the handshake, and before a login. */
  readonly greeting?: string;
  readonly banner?: string;
}

/** One command that a client asks for. */
export interface ExecAct {
  readonly line: string;
  readonly connection: Connection;
  accept(): ServerChannel;
  reject(): void;
  /** Answers nothing at all. */
  ignore(): void;
  /** Runs it as a good server does; the channel's end is left to the caller when `end` is given. */
  run(channel: ServerChannel, end?: (rc: number | null, signal: NodeJS.Signals | null) => void): void;
}

/** A server that runs. */
export interface TestSshServer extends AsyncDisposable {
  readonly port: number;
  /** The public host keys, as known_hosts has them: type and base64. */
  readonly publicKeys: readonly string[];
  /** Everything that clients tried, such as `none`, `password:secret`, `publickey`. */
  readonly authentications: readonly string[];
  readonly connections: number;
  /** Command lines that were asked for. */
  readonly lines: readonly string[];
  /** Requests for things that are never wanted: `agent`, `x11`, `pty`. */
  readonly unwanted: readonly string[];
  /** Cuts all connections. */
  cut(): void;
}

/** A new key pair. */
export function keyPair(
  type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519',
  passphrase?: string,
): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = generate(type, passphrase);
    // Now and then ssh2 writes a key that it cannot read back.
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

function generate(
  type: 'ed25519' | 'ecdsa' | 'rsa',
  passphrase: string | undefined,
): { readonly private: string; readonly public: string } {
  // ssh2 looks only at whether there is a passphrase; its types want all or nothing.
  const encrypted: object = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 };
  if (type === 'rsa') return ssh2.utils.generateKeyPairSync('rsa', { bits: 2048, ...encrypted });
  if (type === 'ecdsa') return ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, ...encrypted });
  return ssh2.utils.generateKeyPairSync('ed25519', encrypted);
}

/** Starts one on a free loopback port. */
export async function startSshServer(behaviour: Behaviour = {}): Promise<TestSshServer> {
  const hostKeys = behaviour.hostKeys ?? [keyPair().private];
  const record = { authentications: [] as string[], lines: [] as string[], unwanted: [] as string[], connections: 0 };
  const open = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [...hostKeys], ...settingsOf(behaviour) }, (connection: Connection) => {
    record.connections += 1;
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      record.authentications.push(context.method === 'password' ? `password:${context.password}` : context.method);
      if (behaviour.authenticate === undefined) context.accept();
      else behaviour.authenticate(context);
    });
    connection.on('ready', () => {
      behaviour.onReady?.(connection);
      serve(connection, behaviour, record);
    });
  });
  // ssh2 keeps the sockets of its connections to itself; the listener below sees each as it comes.
  (Reflect.get(server, '_srv') as NodeJS.EventEmitter).on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    publicKeys: hostKeys.map((key) => publicLine(key)),
    authentications: record.authentications,
    get connections() {
      return record.connections;
    },
    lines: record.lines,
    unwanted: record.unwanted,
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

function settingsOf({ greeting, banner, algorithms }: Behaviour): Omit<ServerConfig, 'hostKeys'> {
  return {
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(greeting === undefined ? {} : { greeting }),
    ...(banner === undefined ? {} : { banner }),
  };
}

/** A key as known_hosts has it. */
export function publicLine(key: string): string {
  const parsed: unknown = ssh2.utils.parseKey(key);
  const first = (Array.isArray(parsed) ? parsed[0] : parsed) as ssh2.ParsedKey;
  return `${first.type} ${first.getPublicSSH().toString('base64')}`;
}

function serve(
  connection: Connection,
  behaviour: Behaviour,
  record: { readonly lines: string[]; readonly unwanted: string[] },
): void {
  let sessions = 0;
  connection.on('session', (accept, reject) => {
    if (sessions >= (behaviour.maxSessions ?? 10)) {
      reject();
      return;
    }
    sessions += 1;
    const session = accept();
    session.on('close', () => (sessions -= 1));
    session.on('auth-agent', () => record.unwanted.push('agent'));
    session.on('x11', () => record.unwanted.push('x11'));
    session.on('pty', () => record.unwanted.push('pty'));
    session.on('exec', (acceptExec, rejectExec, { command }) => {
      record.lines.push(command);
      const act = actOf(command, connection, behaviour, acceptExec, rejectExec);
      if (behaviour.exec === undefined) act.run(act.accept());
      else behaviour.exec(act);
    });
  });
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    if (behaviour.forwarding === false) return reject();
    const socket = connect(destPort, destIP);
    socket.once('connect', () => pipe(accept(), socket)).once('error', () => reject());
  });
  connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
    if (behaviour.forwarding === false) return reject();
    const socket = connect(socketPath);
    socket.once('connect', () => pipe(accept(), socket)).once('error', () => reject());
  });
}

function pipe(channel: ServerChannel, socket: Socket): void {
  socket.on('error', () => channel.destroy());
  channel.on('error', () => socket.destroy());
  channel.on('close', () => socket.destroy());
  channel.pipe(socket).pipe(channel);
}

function actOf(
  line: string,
  connection: Connection,
  behaviour: Behaviour,
  accept: () => ServerChannel,
  reject: () => void,
): ExecAct {
  return {
    line,
    connection,
    accept,
    reject,
    ignore: () => undefined,
    run: (channel, end) => {
      const child = spawn(behaviour.shell ?? '/bin/sh', ['-c', line], {
        env: behaviour.environment ?? { PATH: process.env['PATH'], HOME: '/tmp' },
        detached: true,
      });
      channel.on('data', (chunk: Buffer) => child.stdin.write(chunk)).on('end', () => child.stdin.end());
      channel.on('error', () => undefined);
      child.stdin.on('error', () => undefined);
      child.stdout.on('data', (chunk: Buffer) => channel.write(chunk));
      child.stderr.on('data', (chunk: Buffer) => channel.stderr.write(chunk));
      const done = end ?? ((rc, signal) => finish(channel, rc, signal));
      // A good server tells the end when the program and its outputs have ended.
      child.on(end === undefined ? 'close' : 'exit', done);
    },
  };
}

/** Ends a channel as a good server does. */
export function finish(channel: ServerChannel, rc: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) channel.exit(rc ?? 0);
  else channel.exit(signal.replace('SIG', ''));
  channel.end();
}
