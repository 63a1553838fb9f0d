// A TCP proxy that can lose what passes through it: replies swallowed, links cut, bytes held, as networks do.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** What the proxy does with a chunk that the client sends. */
export type Judge = (chunk: Buffer, link: ProxiedLink) => void;

/** One connection through the proxy. */
export interface ProxiedLink {
  readonly client: Socket;
  readonly server: Socket;
  /** Set to true to swallow what the server says from now on. */
  deaf: boolean;
  /** Set to true to swallow what the client says from now on, its connection staying open. */
  mute: boolean;
}

/** A proxy that runs. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  readonly links: readonly ProxiedLink[];
  /** The port that new connections are passed on to. */
  target: number;
  /** Looks at what the client sends, before it is passed on. */
  judge: Judge;
}

/** Starts a proxy to a loopback port. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const links: ProxiedLink[] = [];
  const server = createServer((client) => {
    const link: ProxiedLink = { client, server: connect(proxy.target, '127.0.0.1'), deaf: false, mute: false };
    links.push(link);
    client.on('data', (chunk: Buffer) => {
      proxy.judge(chunk, link);
      if (!link.mute) link.server.write(chunk);
    });
    link.server.on('data', (chunk: Buffer) => {
      if (!link.deaf) client.write(chunk);
    });
    client.on('error', () => undefined).on('close', () => link.server.destroy());
    link.server.on('error', () => undefined).on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const proxy: TcpProxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    links,
    target,
    judge: () => undefined,
    [Symbol.asyncDispose]: async () => {
      for (const link of links) link.client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
