// Over ssh, against servers that keep their word and servers that break it in every way we know of.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Command, Connection, ExecRequest, Target } from '../../src/core/connection.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';
import { finish, keyPair, publicLine, startSshServer } from '../rigs/ssh-server.js';
import type { Behaviour, TestSshServer } from '../rigs/ssh-server.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';

let home = '';
let knownHosts = '';
const cleanUps: AsyncDisposable[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'playbook-ssh-'));
  await mkdir(join(home, '.ssh'));
  knownHosts = join(home, '.ssh', 'known_hosts');
});
afterAll(() => rm(home, { recursive: true }));
afterEach(async () => {
  for (const each of cleanUps.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  await rm(join(home, '.ssh'), { recursive: true });
  await mkdir(join(home, '.ssh'));
});

const signal = new AbortController().signal;
const shell = (script: string): Command => ({ kind: 'shell', script });

async function serve(behaviour: Behaviour = {}): Promise<TestSshServer> {
  const server = await startSshServer(behaviour);
  cleanUps.push(server);
  await trust(server.port, server.publicKeys);
  return server;
}

async function trust(port: number, keys: readonly string[]): Promise<void> {
  await writeFile(knownHosts, keys.map((key) => `[127.0.0.1]:${port} ${key}\n`).join(''), { flag: 'a' });
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, ...more };
}

async function connect(
  port: number,
  more: Partial<Target> = {},
  options: { readonly acceptNew?: boolean; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<Connection> {
  const connector = createConnector({
    acceptNewHostKeys: options.acceptNew ?? false,
    environment: options.environment ?? environment(),
  });
  const connection = await connector.connect(
    targetOf({ port, user: 'admin', connectTimeoutMs: 4_000, ...more }),
    signal,
  );
  cleanUps.push(connection);
  return connection;
}

const request = (command: Command, more: Partial<ExecRequest> = {}): ExecRequest => ({
  command,
  timeoutMs: 8_000,
  mutates: true,
  ...more,
});

/** A TCP server that is no ssh server. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  cleanUps.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

describe('a server that is no ssh server', () => {
  it.each([
    ['says nothing', () => undefined, 1_000],
    ['speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 4_000],
    ['hangs up', (socket: Socket) => socket.destroy(), 4_000],
    ['never stops talking', (socket: Socket) => flood(socket, 'x'.repeat(70)), 4_000],
    ['says one endless line', (socket: Socket) => flood(socket, ''), 4_000],
  ])('and %s is given up in time', async (_what, onSocket, connectTimeoutMs) => {
    const port = await rawServer(onSocket);
    const error = await worldError(connect(port, { connectTimeoutMs }));
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('`spb`'),
      hint: expect.any(String),
    });
  });

  it('or is not there is told with its class', async () => {
    const port = await rawServer(() => undefined);
    await cleanUps.pop()?.[Symbol.asyncDispose]();
    expect(await worldError(connect(port))).toMatchObject({ kind: 'unreachable', details: { reason: 'ECONNREFUSED' } });
    expect(await worldError(connect(22, { address: 'no-such-host.invalid' }))).toMatchObject({
      kind: 'unreachable',
      hint: expect.stringContaining('name'),
    });
  });
});

function flood(socket: Socket, line: string): void {
  const chunk = line === '' ? Buffer.alloc(8_000, 0x61) : Buffer.from(`${line}\r\n`.repeat(100));
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
    if (socket.writable) socket.once('drain', more);
  };
  more();
}

describe('a host key', () => {
  it('that is not known is refused before anything is tried', async () => {
    const server = await startSshServer();
    cleanUps.push(server);
    const error = await worldError(connect(server.port, { password: 'Geh-heim' }));
    expect(error).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('is not known: ssh-ed25519 SHA256:'),
    });
    expect(error.hint).toContain('--accept-new-host-keys');
    expect(server.authentications).toEqual([]);
  });

  it('that changed is refused before anything is tried, new ones being welcome or not', async () => {
    const server = await startSshServer();
    cleanUps.push(server);
    await trust(server.port, [publicLine(keyPair().private)]);
    for (const acceptNew of [false, true]) {
      const error = await worldError(connect(server.port, { password: 'Geh-heim' }, { acceptNew }));
      expect(error.message).toContain('has changed');
      expect(error.message).toContain(`${knownHosts}:1`);
    }
    expect(server.authentications).toEqual([]);
  });

  it('is learned when asked for, once for all', async () => {
    const server = await startSshServer();
    cleanUps.push(server);
    await Promise.all([connect(server.port, {}, { acceptNew: true }), connect(server.port, {}, { acceptNew: true })]);
    expect(await readFile(knownHosts, 'utf8')).toBe(`[127.0.0.1]:${server.port} ${server.publicKeys[0] ?? ''}\n`);
    await connect(server.port);
  });

  it('of a known type is asked for when a host has several', async () => {
    const keys = [keyPair().private, keyPair('ecdsa').private];
    const server = await startSshServer({ hostKeys: keys });
    cleanUps.push(server);
    await trust(server.port, [publicLine(keys[1] ?? '')]);
    expect((await connect(server.port)).host).toBe('spb');
  });

  it('is looked up in the file that the target names', async () => {
    const server = await serve();
    const other = join(home, 'other');
    await writeFile(other, '');
    expect(await worldError(connect(server.port, { knownHostsFile: other }))).toMatchObject({
      details: { reason: 'host-key-unknown' },
    });
    await connect(server.port, { knownHostsFile: knownHosts });
  });
});

function allow(...methods: readonly string[]): NonNullable<Behaviour['authenticate']> {
  return (context) => {
    if (methods.includes(context.method)) context.accept();
    else context.reject(['publickey', 'password', 'keyboard-interactive']);
  };
}

describe('authentication', () => {
  it('tries a wrong password once, and shows it to nobody', async () => {
    const server = await serve({ authenticate: allow() });
    const error = await worldError(connect(server.port, { password: 'Geh-heim' }));
    expect(server.authentications).toEqual(['none', 'password:Geh-heim']);
    expect(error).toMatchObject({ kind: 'unreachable', details: { reason: 'authentication' } });
    expect(error.message).toContain('tried the password; the host takes publickey, password, keyboard-interactive');
    expect(`${error.message}${error.hint ?? ''}${JSON.stringify(error.details)}`).not.toContain('Geh-heim');
  });

  it('uses the key that the inventory names, encrypted or not', async () => {
    const server = await serve({ authenticate: allow('publickey') });
    const file = join(home, 'key');
    await writeFile(file, keyPair('ed25519').private);
    await connect(server.port, { privateKeyFile: file });
    await writeFile(file, keyPair('ed25519', 'open sesame').private);
    await connect(server.port, { privateKeyFile: '~/key', privateKeyPassphrase: 'open sesame' });
    const wrong = await worldError(connect(server.port, { privateKeyFile: file, privateKeyPassphrase: 'open barley' }));
    expect(wrong.message).toContain(`\`${file}\``);
    expect(wrong.message).toContain('passphrase is not the one given');
    expect((await worldError(connect(server.port, { privateKeyFile: file }))).message).toContain(
      'encrypted and no passphrase',
    );
    expect((await worldError(connect(server.port, { privateKeyFile: join(home, 'none') }))).message).toContain(
      'ENOENT',
    );
    await writeFile(file, 'not a key');
    expect((await worldError(connect(server.port, { privateKeyFile: file }))).message).toContain(
      'cannot use the private key',
    );
  });

  it('tries the default keys in order, and tells of those it could not use', async () => {
    const good = keyPair('ecdsa');
    const server = await serve({
      authenticate: (context) => {
        const right =
          context.method === 'publickey' &&
          `ecdsa-sha2-nistp256 ${context.key.data.toString('base64')}` === publicLine(good.private);
        if (right) context.accept();
        else context.reject(['publickey']);
      },
    });
    await writeFile(join(home, '.ssh', 'id_ed25519'), keyPair().private);
    await writeFile(join(home, '.ssh', 'id_rsa'), keyPair('rsa', 'secret').private);
    const error = await worldError(connect(server.port));
    expect(error.message).toMatch(
      /tried the key `[^`]*id_ed25519`; the host takes publickey; `[^`]*id_rsa` was left out: it is encrypted/,
    );
    await writeFile(join(home, '.ssh', 'id_ecdsa'), good.private);
    await connect(server.port);
  });

  it('answers the one prompt of keyboard-interactive, once', async () => {
    const asked: string[][] = [];
    const server = await serve({
      authenticate: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt: 'パスワード: ', echo: false }], '', '', (answers) => {
          asked.push(answers);
          if (answers[0] === 'right') context.accept();
          else context.reject(['keyboard-interactive']);
        });
      },
    });
    await connect(server.port, { password: 'right' });
    await worldError(connect(server.port, { password: 'wrong' }));
    expect(asked).toEqual([['right'], ['wrong']]);
  });

  it('does not give the password to other questions', async () => {
    const given: string[][] = [];
    const server = await serve({
      authenticate: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (first) => {
          given.push(first);
          context.prompt([{ prompt: 'Verification code: ', echo: true }], '', '', (second) => {
            given.push(second);
            context.reject();
          });
        });
      },
    });
    const error = await worldError(connect(server.port, { password: 'right' }));
    expect(given).toEqual([['right'], ['']]);
    expect(error.message).toContain('asked again after the password');
  });

  it('uses the agent, only for keys that may be used, and never forwards it', async () => {
    const server = await serve({ authenticate: allow('publickey') });
    const [agent, socket] = await startAgent(join(home, 'agent'));
    try {
      const file = join(home, 'agent-key');
      await writeFile(file, keyPair().private, { mode: 0o600 });
      await run('ssh-add', ['-q', file], { SSH_AUTH_SOCK: socket });
      const connection = await connect(server.port, {}, { environment: environment({ SSH_AUTH_SOCK: socket }) });
      await connection.exec(request({ kind: 'argv', argv: ['true'] }));
      expect(server.unwanted).toEqual([]);
      await writeFile(join(home, '.ssh', 'config'), 'Host *\n  IdentitiesOnly yes\n');
      const error = await worldError(connect(server.port, {}, { environment: environment({ SSH_AUTH_SOCK: socket }) }));
      expect(error.message).toContain('tried the agent');
    } finally {
      process.kill(agent);
    }
  });

  it('goes on when the agent is not there', async () => {
    const server = await serve({ authenticate: allow('password') });
    expect(
      (
        await connect(
          server.port,
          { password: 'right' },
          { environment: environment({ SSH_AUTH_SOCK: join(home, 'no-agent') }) },
        )
      ).host,
    ).toBe('spb');
  });
});

async function run(program: string, words: readonly string[], more: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(program, words, { env: environment(more), stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = await child.stdout.toArray();
  return Buffer.concat(chunks).toString('utf8');
}

async function startAgent(socket: string): Promise<readonly [number, string]> {
  const said = await run('ssh-agent', ['-s', '-a', socket], {});
  return [Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]), socket];
}

describe('the ssh configuration', () => {
  it('says host name, port, user and key where the inventory does not', async () => {
    const users: string[] = [];
    const server = await serve({
      authenticate: (context) => {
        users.push(`${context.username} ${context.method}`);
        if (context.method === 'publickey') context.accept();
        else context.reject(['publickey']);
      },
    });
    await writeFile(join(home, 'dc1-key'), keyPair().private);
    await writeFile(
      join(home, '.ssh', 'config'),
      `Host spb\n  HostName 127.0.0.1\n  Port ${server.port}\n  User operator\n  IdentityFile ~/dc1-key\n  UserKnownHostsFile ~/known-dc1\n`,
    );
    await writeFile(join(home, 'known-dc1'), `[127.0.0.1]:${server.port} ${server.publicKeys[0] ?? ''}\n`);
    const plain = { ...targetOf({ address: 'spb', connectTimeoutMs: 4_000 }) };
    const connector = createConnector({ acceptNewHostKeys: false, environment: environment() });
    cleanUps.push(await connector.connect(plain, signal));
    cleanUps.push(await connector.connect({ ...plain, user: 'root' }, signal));
    expect(users.filter((each) => each.endsWith('none'))).toEqual(['operator none', 'root none']);
  });

  it('that wants a ProxyCommand is refused with the way out', async () => {
    const server = await serve();
    await writeFile(join(home, '.ssh', 'config'), 'Host *\n  ProxyCommand nc %h %p\n');
    expect(await worldError(connect(server.port))).toMatchObject({
      kind: 'unreachable',
      hint: expect.stringContaining('ProxyJump'),
    });
    expect(server.connections).toBe(0);
  });

  it('that is wrong is told', async () => {
    const server = await serve();
    await writeFile(join(home, '.ssh', 'config'), 'Hots *\n');
    expect((await worldError(connect(server.port))).message).toContain('Bad configuration option: hots');
  });

  it('is not needed: without ssh the inventory stands alone', async () => {
    const server = await serve();
    expect((await connect(server.port, {}, { environment: environment({ PATH: '/nowhere' }) })).host).toBe('spb');
  });
});

describe('jump hosts', () => {
  it('are gone through in order, each checked and asked for nothing but the way', async () => {
    const [first, second, last] = [await serve(), await serve(), await serve()];
    const jump = [`one@127.0.0.1:${first.port}`, `two@127.0.0.1:${second.port}`];
    const connection = await connect(last.port, { jump, password: 'Geh-heim' });
    expect(text((await connection.exec(request(shell('echo there')))).stdout)).toBe('there\n');
    expect([first.lines.length, second.lines.length, last.lines.length]).toEqual([0, 0, 1]);
    expect([...first.authentications, ...second.authentications]).toEqual(['none', 'none']);
  });

  it('are not trusted more than hosts', async () => {
    const [jump, last] = [await startSshServer(), await serve()];
    cleanUps.push(jump);
    const error = await worldError(connect(last.port, { jump: [`127.0.0.1:${jump.port}`] }));
    expect(error.message).toContain(`the key of \`[127.0.0.1]:${jump.port}\` is not known`);
    expect(last.connections).toBe(0);
  });

  it('that do not forward, or cannot reach the host, are told', async () => {
    const [jump, last] = [await serve({ forwarding: false }), await serve()];
    const error = await worldError(connect(last.port, { jump: [`127.0.0.1:${jump.port}`] }));
    expect(error).toMatchObject({ kind: 'unreachable', details: { reason: 'jump' } });
    expect(error.message).toContain(`from \`127.0.0.1:${jump.port}\``);
  });

  it('of the ssh configuration are used, and one that leads to itself is not a circle', async () => {
    const [jump, last] = [await serve(), await serve()];
    const config = `Host bastion\n  HostName 127.0.0.1\n  Port ${jump.port}\nHost *\n  ProxyJump bastion\n`;
    await writeFile(join(home, '.ssh', 'config'), config);
    await connect(last.port);
    expect(jump.connections).toBe(1);
    await writeFile(
      join(home, '.ssh', 'config'),
      'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost *\n  ProxyJump a\n',
    );
    expect((await worldError(connect(last.port))).hint).toContain('circle');
  });

  it('that go down take the host with them, and leave a change in doubt', async () => {
    const [jump, last] = [await serve(), await serve()];
    const connection = await connect(last.port, { jump: [`127.0.0.1:${jump.port}`] });
    const running = connection.exec(request(shell('sleep 3')));
    setTimeout(() => jump.cut(), 500);
    expect(await worldError(running)).toMatchObject({ kind: 'in-doubt' });
  });
});

describe('a command', () => {
  it('comes through whatever the login shell says first', async () => {
    const server = await serve({
      environment: { PATH: process.env['PATH'], ENV: '/dev/null' },
      exec: (act) => {
        const channel = act.accept();
        channel.write('Welcome to APPLIANCE 7\nno newline');
        channel.stderr.write('stty: standard input: not a tty\n');
        setTimeout(() => act.run(channel), 50);
      },
    });
    const connection = await connect(server.port);
    const { rc, stdout, stderr } = await connection.exec(request(shell('echo out; echo err >&2; exit 3')));
    expect({ rc, stdout: text(stdout), stderr: text(stderr) }).toEqual({ rc: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('keeps its secrets out of the command line', async () => {
    const server = await serve();
    const connection = await connect(server.port);
    await connection.exec(
      request(shell(': Geh-heim'), { environment: { A: 'Geh-heim' }, stdin: Buffer.from('Geh-heim') }),
    );
    expect(server.lines.join()).not.toContain('Geh-heim');
    expect(server.lines[0]).toMatch(/^exec \/bin\/sh -c '[^'\\!\n]*' sh playbook-[0-9a-f]{24} '[^'\\!\n]*'$/);
  });

  it('of many at once waits for a free channel, however few the host grants', async () => {
    for (const maxSessions of [10, 2, 1]) {
      const server = await serve({ maxSessions });
      const connection = await connect(server.port);
      const results = await Promise.all(
        Array.from({ length: 25 }, (_, index) => connection.exec(request(shell(`echo ${index}`)))),
      );
      expect(results.map(({ stdout }) => text(stdout))).toEqual(results.map((_, index) => `${index}\n`));
      expect(server.connections).toBe(1);
    }
  });

  it('with much input and output arrives whole', async () => {
    const connection = await connect((await serve()).port);
    const stdin = Buffer.alloc(5_000_000, 'abcdefghijklmnopqrstuvwxyz\n');
    const { stdout } = await connection.exec(request({ kind: 'argv', argv: ['cat'] }, { stdin }));
    expect(Buffer.compare(stdout, stdin)).toBe(0);
  });
});

describe('a host that breaks its word', () => {
  it('and closes the channel without an exit status leaves a change in doubt, and never succeeds', async () => {
    const server = await serve({
      exec: (act) => {
        const channel = act.accept();
        act.run(channel, () => channel.close());
      },
    });
    const connection = await connect(server.port);
    expect(await worldError(connection.exec(request(shell('true'))))).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringMatching(/took `true` and never said how it ended: .*without an exit status/),
      details: { cmd: 'true' },
    });
    const look = request({ kind: 'shell', script: 'true', shell: '/bin/bash' }, { mutates: false });
    expect(await worldError(connection.exec(look))).toMatchObject({ kind: 'failed' });
  });

  it('and closes the channel before the start has run nothing', async () => {
    const server = await serve({ exec: (act) => act.accept().close() });
    const error = await worldError((await connect(server.port)).exec(request(shell('true'))));
    expect(error).toMatchObject({ kind: 'failed', hint: expect.stringContaining('nothing was run') });
  });

  it('tells of a signal, which is not rc 0', async () => {
    const connection = await connect((await serve()).port);
    expect(await connection.exec(request(shell('kill -KILL $$')))).toMatchObject({ rc: 137, signal: 'SIGKILL' });
  });

  it('gives 255 as any other exit code', async () => {
    const connection = await connect((await serve()).port);
    expect((await connection.exec(request(shell('exit 255')))).rc).toBe(255);
  });

  it('and rejects the command has not started it', async () => {
    const server = await serve({ exec: (act) => act.reject() });
    const error = await worldError((await connect(server.port)).exec(request(shell('true'))));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('refused to run a command') });
  });

  it('and never answers has not started it either, and we do not wait for ever', async () => {
    const server = await serve({ exec: (act) => act.ignore() });
    const error = await worldError((await connect(server.port)).exec(request(shell('true'), { timeoutMs: 500 })));
    expect(error).toMatchObject({ kind: 'failed', hint: expect.stringContaining('nothing was run') });
  });

  it('and starts something else than the shell is told', async () => {
    const server = await serve({
      exec: (act) => {
        const channel = act.accept();
        channel.write('This account is currently not available.\n');
        finish(channel, 1, null);
      },
    });
    const error = await worldError((await connect(server.port)).exec(request(shell('true'))));
    expect(error).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('This account is currently not available.'),
    });
  });

  it('and keeps the channel open after the exit status is not waited for', async () => {
    const server = await serve({
      exec: (act) => {
        const channel = act.accept();
        act.run(channel, (rc) => channel.exit(rc ?? 0));
      },
    });
    expect(await (await connect(server.port)).exec(request(shell('echo done; exit 4')))).toMatchObject({
      rc: 4,
      stdout: Buffer.from('done\n'),
    });
  });

  it('and cuts the link while a command runs leaves it in doubt, and is connected to anew for the next', async () => {
    const server = await serve();
    const connection = await connect(server.port);
    const [change, look] = [
      connection.exec(request(shell('sleep 5'))),
      connection.exec(request(shell('sleep 5'), { mutates: false })),
    ];
    setTimeout(() => server.cut(), 400);
    expect(await worldError(change)).toMatchObject({ kind: 'in-doubt' });
    expect(await worldError(look)).toMatchObject({ kind: 'unreachable' });
    expect((await connection.exec(request(shell('exit 6')))).rc).toBe(6);
    expect(server.connections).toBe(2);
    expect(server.lines).toHaveLength(3);
  });

  it('opens channels to us that nobody asked for, in vain', async () => {
    const opened: string[] = [];
    const server = await serve({
      onReady: (client) => {
        client.forwardOut('127.0.0.1', 80, '127.0.0.1', 81, (error) =>
          opened.push(error === undefined ? 'tcp' : 'refused'),
        );
        client.x11('127.0.0.1', 6000, (error) => opened.push(error === undefined ? 'x11' : 'refused'));
      },
    });
    const connection = await connect(server.port);
    expect((await connection.exec(request(shell('exit 2')))).rc).toBe(2);
    expect(opened).toEqual(['refused', 'refused']);
  });

  it('and is cut off in silence is noticed by keepalives', { timeout: 40_000 }, async () => {
    const server = await startSshServer();
    cleanUps.push(server);
    await using proxy = await startProxy(server.port);
    await trust(proxy.port, server.publicKeys);
    const connection = await connect(proxy.port);
    const running = connection.exec(request(shell('sleep 60'), { timeoutMs: 60_000 }));
    setTimeout(() => {
      for (const link of proxy.links) [link.deaf, link.mute] = [true, true];
    }, 500);
    expect(await worldError(running)).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('Keepalive'),
    });
  });
});

describe('a command over its time', () => {
  it('is ended on the far side with its group, even one that ignores TERM', async () => {
    const connection = await connect((await serve()).port);
    const pids = join(home, 'pids');
    const script = `trap "" TERM; sleep 60 & echo $! >${pids}; echo $$ >>${pids}; while :; do wait; done`;
    const error = await worldError(connection.exec(request(shell(script), { timeoutMs: 2_500 })));
    expect(error).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('was ended with its process group'),
    });
    for (const pid of (await readFile(pids, 'utf8')).trim().split('\n'))
      expect(await isRunning(Number(pid))).toBe(false);
  });

  it('that cannot be ended is said to run on', async () => {
    const server = await serve({ maxSessions: 1 });
    const connection = await connect(server.port);
    const error = await worldError(connection.exec(request(shell('sleep 8'), { timeoutMs: 2_000 })));
    expect(error).toMatchObject({ kind: 'in-doubt', message: expect.stringContaining('may still be running') });
  });
});

describe('one link a host', () => {
  it('is shared, and closed by the last', async () => {
    const server = await serve();
    const connector = createConnector({ acceptNewHostKeys: false, environment: environment() });
    const target = targetOf({ port: server.port, user: 'admin' });
    const [first, second] = await Promise.all([connector.connect(target, signal), connector.connect(target, signal)]);
    expect(server.connections).toBe(1);
    await first?.[Symbol.asyncDispose]();
    expect((await second?.exec(request(shell('exit 5'))))?.rc).toBe(5);
    expect(await worldError(first?.exec(request(shell('true'))) ?? Promise.resolve())).toMatchObject({
      kind: 'unreachable',
    });
    await second?.[Symbol.asyncDispose]();
    const third = await connector.connect(target, signal);
    expect(server.connections).toBe(2);
    await third[Symbol.asyncDispose]();
  });

  it('is not opened when the operator has stopped the run', async () => {
    const port = await rawServer(() => undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const connector = createConnector({ acceptNewHostKeys: false, environment: environment() });
    expect(await worldError(connector.connect(targetOf({ port }), stop.signal))).toMatchObject({ kind: 'interrupted' });
  });
});

describe('dialling from the host', () => {
  it('reaches ports and sockets there, and tells who does not answer', async () => {
    const port = await rawServer((socket) => socket.end('hello'));
    const server = await serve();
    const connection = await connect(server.port);
    const stream = await connection.dial({ kind: 'tcp', address: '127.0.0.1', port }, 2_000);
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('hello');
    expect(await worldError(connection.dial({ kind: 'unix', path: join(home, 'none') }, 2_000))).toMatchObject({
      kind: 'failed',
    });
    const held = await connection.dial({ kind: 'tcp', address: '127.0.0.1', port: server.port }, 2_000);
    const lost = new Promise((resolve) => held.once('error', resolve));
    server.cut();
    expect(await lost).toBeInstanceOf(Error);
  });
});
