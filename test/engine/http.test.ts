// Web requests as a task makes them, against real servers on loopback: what each failure means, and who learns which secret.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../src/core/http.js';
import { WorldError } from '../../src/core/world-error.js';
import { exchange } from '../../src/engine/http.js';
import { sensesHere } from '../rigs/local-senses.js';
import { selfSigned, startWeb } from '../rigs/web-server.js';
import type { Answerer } from '../rigs/web-server.js';

const plain: Omit<HttpRequest, 'url'> = {
  method: 'GET',
  headers: {},
  from: 'controller',
  validateCertificates: true,
  redirects: 'safe',
  timeoutMs: 5000,
};

function ask(request: Partial<HttpRequest> & { readonly url: string }): Promise<HttpAnswer> {
  return sensesHere().request({ ...plain, ...request });
}

async function refusal(request: Partial<HttpRequest> & { readonly url: string }): Promise<WorldError> {
  const error: unknown = await ask(request).catch((cause: unknown) => cause);
  if (error instanceof WorldError) return error;
  throw new Error(`this should have failed, and was ${JSON.stringify(error)}`);
}

/** A server of anything but http. */
async function startRaw(serve: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    serve(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Redirects from `/302TO` to TO. */
const leads: Answerer = ({ path }, response) => {
  const [, status = '', to = ''] = /^\/(30\d)(.*)$/.exec(path) ?? [];
  if (status === '') response.end(path);
  else response.writeHead(Number(status), { Location: decodeURIComponent(to) }).end();
};

const fine: Answerer = (_asked, response) => void response.end('fine');

describe('an answer', () => {
  it('comes whole, whatever its status', async () => {
    await using web = await startWeb((asked, response) => {
      response.writeHead(404, { 'Content-Type': 'text/plain', 'X-Many': ['a', 'b'] }).end(`no ${asked.body}`);
    });
    const answer = await ask({
      url: `${web.url}/x?y=1#z`,
      method: 'PUT',
      body: Buffer.from('tëxt'),
      headers: { A: 'b' },
    });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-many': 'a, b' }, url: `${web.url}/x?y=1#z` });
    expect(Buffer.from(answer.body).toString()).toBe('no tëxt');
    expect(web.asked).toMatchObject([{ method: 'PUT', path: '/x?y=1', headers: { a: 'b', 'content-length': '5' } }]);
  });

  it('may be empty, as to HEAD', async () => {
    await using web = await startWeb((_asked, response) => void response.writeHead(200, { 'Content-Length': 9 }).end());
    expect(await ask({ url: web.url, method: 'HEAD' })).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  it('over 16 MiB is not taken in', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    await using web = await startWeb((_asked, response) => {
      for (let sent = 0; sent < 17; sent += 1) response.write(chunk);
      response.end();
    });
    expect(await refusal({ url: web.url })).toMatchObject({
      kind: 'failed',
      message: `\`127.0.0.1:${web.port}\` did not answer in full: the answer is over 16 MiB`,
    });
  });
});

describe('a server that cannot be reached', () => {
  it('has an unknown name', async () => {
    expect(await refusal({ url: 'http://no-such-host.invalid/' })).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(/^cannot reach `no-such-host\.invalid`: getaddrinfo E/),
      hint: expect.stringContaining('name'),
    });
  });

  it('refuses, from here and from the host alike, and a change is not in doubt', async () => {
    const gone = await startRaw(() => undefined);
    await gone[Symbol.asyncDispose]();
    for (const from of ['controller', 'host'] as const) {
      expect(await refusal({ url: `http://127.0.0.1:${gone.port}/`, method: 'POST', from })).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining(`cannot reach \`127.0.0.1:${gone.port}\``),
        details: { reason: 'ECONNREFUSED' },
      });
    }
  });

  it('never answers: a look has failed, a change is in doubt', async () => {
    await using silent = await startRaw(() => undefined);
    const url = `http://127.0.0.1:${silent.port}/x`;
    expect(await refusal({ url, timeoutMs: 200 })).toMatchObject({
      kind: 'failed',
      message: `no answer from \`127.0.0.1:${silent.port}\` within 0.2 s`,
    });
    expect(await refusal({ url, timeoutMs: 200, method: 'POST' })).toMatchObject({
      kind: 'in-doubt',
      message: `\`POST ${url}\` was sent, and its answer was lost: no answer from \`127.0.0.1:${silent.port}\` within 0.2 s`,
    });
  });

  it.each([
    ['before the answer', (socket: Socket) => socket.once('data', () => socket.destroy())],
    ['in the answer', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')],
    ['with something else', (socket: Socket) => socket.end('SSH-2.0-OpenSSH\r\n')],
  ])('breaks off %s: a look has failed, a change is in doubt', async (_when, serve) => {
    await using rude = await startRaw(serve);
    const url = `http://127.0.0.1:${rude.port}/`;
    expect((await refusal({ url })).kind).toBe('failed');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      expect((await refusal({ url, method })).kind).toBe('in-doubt');
    }
  });
});

describe('a certificate', () => {
  const own = selfSigned(['IP:127.0.0.1', 'DNS:localhost']);

  it('that is self-signed is refused, with its fingerprint, before anything is sent', async () => {
    await using web = await startWeb(fine, own);
    expect(await refusal({ url: web.url, method: 'POST', body: Buffer.from('secret') })).toMatchObject({
      kind: 'failed',
      message: `the certificate of \`127.0.0.1:${web.port}\` is not trusted: it is self-signed`,
      details: {
        reason: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        fingerprint_sha256: new X509Certificate(own.cert).fingerprint256,
        subject: 'service-center',
      },
    });
    expect(web.asked).toEqual([]);
  });

  it('is taken when it is trusted, from here and through the host', async () => {
    await using web = await startWeb(fine, own);
    for (const from of ['controller', 'host'] as const) {
      expect(await ask({ url: web.url, authorities: own.cert, from })).toMatchObject({ status: 200 });
      expect(await ask({ url: `https://localhost:${web.port}`, authorities: own.cert, from })).toMatchObject({
        status: 200,
      });
    }
  });

  it('for another name is refused, trusted or not', async () => {
    const other = selfSigned(['DNS:other.example']);
    await using web = await startWeb(fine, other);
    expect(await refusal({ url: web.url, authorities: other.cert })).toMatchObject({
      message: `the certificate of \`127.0.0.1:${web.port}\` is not trusted: it is for \`DNS:other.example\`, not for \`127.0.0.1\``,
    });
  });

  it('is not looked at when that is wanted', async () => {
    await using web = await startWeb(fine, own);
    expect(await ask({ url: web.url, validateCertificates: false })).toMatchObject({ status: 200 });
  });

  it('is missing where no TLS is spoken', async () => {
    await using web = await startWeb(fine);
    expect(await refusal({ url: `https://127.0.0.1:${web.port}/` })).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining(`no TLS connection to \`127.0.0.1:${web.port}\``),
      hint: 'is this an https server? check the port',
    });
  });
});

describe('redirects', () => {
  it.each([
    ['none', 'GET', '302', 302, ['GET']],
    ['safe', 'GET', '302', 200, ['GET', 'GET']],
    ['safe', 'HEAD', '301', 200, ['HEAD', 'HEAD']],
    ['safe', 'POST', '302', 302, ['POST']],
    ['all', 'POST', '302', 200, ['POST', 'GET']],
    ['all', 'POST', '303', 200, ['POST', 'GET']],
    ['all', 'POST', '307', 200, ['POST', 'POST']],
    ['all', 'DELETE', '308', 200, ['DELETE', 'DELETE']],
  ] as const)('%s: %s with %s ends in %s', async (redirects, method, status, ends, methods) => {
    await using web = await startWeb(leads);
    const answer = await ask({ url: `${web.url}/${status}/there`, method, redirects });
    expect(answer).toMatchObject({ status: ends, url: `${web.url}${ends === 200 ? '/there' : `/${status}/there`}` });
    expect(web.asked.map((each) => each.method)).toEqual(methods);
  });

  it('send no password, no Authorization and no cookie to another server', async () => {
    await using other = await startWeb(fine);
    await using web = await startWeb(leads);
    const secrets = {
      credentials: { user: 'admin', password: 'Desktone1' },
      headers: { Authorization: 'Bearer token', Cookie: 'a=b', 'X-Kept': 'yes' },
    };
    await ask({ url: `${web.url}/302${encodeURIComponent(`http://localhost:${other.port}/x`)}`, ...secrets });
    expect(web.asked[0]?.headers).toMatchObject({ authorization: 'Bearer token', cookie: 'a=b' });
    expect(other.asked[0]?.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(other.asked[0]?.headers).not.toHaveProperty('authorization');
    expect(other.asked[0]?.headers).not.toHaveProperty('cookie');
  });

  it('in a circle end, and leave a change in doubt', async () => {
    await using web = await startWeb((_asked, response) => void response.writeHead(307, { Location: '/again' }).end());
    expect((await refusal({ url: web.url })).message).toBe(`more than 10 redirects from \`${web.url}\``);
    expect((await refusal({ url: web.url, method: 'POST', redirects: 'all' })).kind).toBe('in-doubt');
  });

  it('that lead nowhere leave a change in doubt: it was sent', async () => {
    await using web = await startWeb(leads);
    const url = `${web.url}/303${encodeURIComponent('http://no-such-host.invalid/')}`;
    expect((await refusal({ url })).kind).toBe('failed');
    expect(await refusal({ url, method: 'POST', redirects: 'all' })).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('was answered with a redirect: cannot reach `no-such-host.invalid`'),
    });
  });
});

describe('secrets', () => {
  it('are hidden before they are sent, and cookies before they are handed on', async () => {
    await using web = await startWeb(({ path }, response) => {
      const cookies = ['session=0123456789abcdef; Path=/; HttpOnly', 'seen=yes', 'old=; Max-Age=0'];
      if (path === '/login') response.writeHead(302, { Location: '/home', 'Set-Cookie': cookies }).end();
      else response.end();
    });
    const hidden: string[] = [];
    const request = { ...plain, url: `${web.url}/login`, credentials: { user: 'u', password: 'p' } };
    const answer = await exchange(request, {
      stopping: new AbortController().signal,
      dial: () => Promise.reject(new Error('this is asked from here')),
      hide: (secret) => void hidden.push(secret),
    });
    expect(answer.cookies).toBe('session=0123456789abcdef; seen=yes');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(web.asked[1]?.headers.cookie).toBe(answer.cookies);
    expect(web.asked[1]?.headers.authorization).toBe(`Basic ${btoa('u:p')}`);
    expect(hidden).toEqual(expect.arrayContaining([btoa('u:p'), '0123456789abcdef', answer.cookies]));
    expect(hidden).not.toContain('yes');
  });
});

describe('a request from the host', () => {
  it('goes through its connection in all its parts, and names are looked up there', async () => {
    await using web = await startWeb(({ path }, response) => {
      if (path === '/') response.writeHead(302, { Location: 'http://other.only-there/x' }).end();
      else response.end(path);
    });
    const dialled: string[] = [];
    const answer = await exchange(
      { ...plain, url: 'http://console.only-there:8080/', from: 'host' },
      {
        stopping: new AbortController().signal,
        hide: () => undefined,
        dial: async (address, port) => {
          dialled.push(`${address}:${port}`);
          const socket = connect(web.port, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        },
      },
    );
    expect(dialled).toEqual(['console.only-there:8080', 'other.only-there:80']);
    expect(web.asked.map((each) => each.headers.host)).toEqual(['console.only-there:8080', 'other.only-there']);
    expect(answer.url).toBe('http://other.only-there/x');
  });
});

describe('a run that is stopped', () => {
  it('does not wait for an answer', async () => {
    await using silent = await startRaw(() => undefined);
    const stopping = new AbortController();
    const asked = exchange(
      { ...plain, url: `http://127.0.0.1:${silent.port}/`, method: 'POST' },
      { stopping: stopping.signal, dial: () => Promise.reject(new Error('from here')), hide: () => undefined },
    );
    setTimeout(() => stopping.abort(), 100);
    await expect(asked).rejects.toMatchObject({ kind: 'in-doubt' });
  });
});
