// An appliance's ssh server, in this process: real commands, a plain shell, and forwarding to 127.0.0.1 and to the
// sandbox's own unix sockets. It listens on a unix socket; its gate gives it a TCP port.
import { timingSafeEqual } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { basename, dirname, join, sep } from 'node:path';
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type PublicKeyAuthContext,
  type ServerChannel,
  type Session,
} from 'ssh2';
import { LOGIN } from './appliances.js';
import { runCommand, type CommandPlace, type RunningCommand } from './ssh-command.js';

/** What an ssh server needs. */
export interface SshServerOptions {
  readonly hostKey: string;
  readonly clientKey: ParsedKey;
  readonly listenPath: string;
  readonly commands: CommandPlace;
  readonly root: string;
  readonly socketDirectory: string;
  readonly postgresPort: number;
}

/** A running ssh server. */
export interface SshServer {
  close(): Promise<void>;
}

function same(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

function keyMatches(context: PublicKeyAuthContext, key: ParsedKey): boolean {
  if (!same(context.key.data, key.getPublicSSH())) return false;
  // Without a signature the client only asks whether the key would do.
  if (context.signature === undefined || context.blob === undefined) return true;
  // Its type says boolean, but a broken signature comes back as an Error, which is truthy.
  const verified: unknown = key.verify(context.blob, context.signature, context.hashAlgo);
  return verified === true;
}

function authenticate(context: AuthContext, key: ParsedKey): void {
  const known = context.username === LOGIN.user;
  if (known && context.method === 'publickey' && keyMatches(context, key)) return context.accept();
  if (known && context.method === 'password' && context.password === LOGIN.password) return context.accept();
  context.reject(['publickey', 'password']);
}

const ENVIRONMENT_ACCEPTED = /^(LANG|LC_[A-Z_]+)$/;

function serveSession(session: Session, commands: CommandPlace): void {
  let running: RunningCommand | undefined;
  const environment: Record<string, string> = { ...commands.environment };
  const place = { ...commands, environment };
  session.on('env', (accept, reject, { key, val }) => {
    // A client that wants no reply gets neither function.
    if (!ENVIRONMENT_ACCEPTED.test(key)) return (reject as (() => void) | undefined)?.();
    environment[key] = val;
    (accept as (() => void) | undefined)?.();
  });
  session.on('exec', (accept, _reject, { command }) => {
    running = runCommand(accept(), ['/bin/sh', '-c', command], place);
  });
  session.on('shell', (accept) => {
    running = runCommand(accept(), ['/bin/sh'], place);
  });
  session.on('signal', (accept, _reject, { name }) => {
    // The protocol's names are the system's, without SIG.
    running?.signal(`SIG${name}` as NodeJS.Signals);
    (accept as (() => void) | undefined)?.();
  });
}

function bridge(socket: Socket, accept: () => ServerChannel, reject: () => void): void {
  let opened = false;
  socket.once('connect', () => {
    opened = true;
    socket.setNoDelay(true);
    const channel = accept();
    channel.pipe(socket).pipe(channel);
    channel.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => channel.end());
  });
  socket.on('error', () => {
    if (!opened) reject();
  });
}

const POSTGRES_SOCKET = /^(\/var)?\/run\/postgresql\/\.s\.PGSQL\.\d+$/;

/** The real path of a socket that a client asked for; undefined outside the sandbox. */
function allowedSocket(path: string, options: SshServerOptions): string | undefined {
  const own = join(options.socketDirectory, `.s.PGSQL.${options.postgresPort}`);
  if (POSTGRES_SOCKET.test(path)) return own;
  try {
    const real = join(realpathSync(dirname(path)), basename(path));
    const allowed = [options.root, options.socketDirectory].map((each) => realpathSync(each) + sep);
    return allowed.some((prefix) => real.startsWith(prefix)) ? real : undefined;
  } catch {
    return undefined;
  }
}

function serveConnection(connection: Connection, options: SshServerOptions): void {
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => authenticate(context, options.clientKey));
  connection.on('session', (accept) => serveSession(accept(), options.commands));
  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    if (destIP !== '127.0.0.1' && destIP !== 'localhost') return reject();
    bridge(createConnection({ host: '127.0.0.1', port: destPort }), accept, reject);
  });
  connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
    const path = allowedSocket(socketPath, options);
    if (path === undefined) return reject();
    bridge(createConnection({ path }), accept, reject);
  });
}

/** Starts an ssh server on a unix socket. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const connections = new Set<Connection>();
  // ssh2's own client forwards unix sockets only to a server that calls itself OpenSSH.
  const server = new ssh2.Server({ hostKeys: [options.hostKey], ident: 'OpenSSH_9.2p1 playbook-lab' }, (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    serveConnection(connection, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.listenPath, resolve);
  });
  return {
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(resolve, 500).unref();
      });
    },
  };
}
