import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { uri } from '../../src/modules/uri.js';
import { outcomeHere } from '../rigs/local-senses.js';
import { accepts } from '../rigs/module-cases.js';
import { selfSigned, startWeb } from '../rigs/web-server.js';
import type { Asked, WebServer } from '../rigs/web-server.js';

/** A server with one switch: POST turns it on, GET tells. */
async function startSwitch(on = false): Promise<WebServer> {
  let isOn = on;
  return startWeb(({ method }, response) => {
    if (method !== 'GET') isOn = true;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ id: 1, active: isOn }));
  });
}

/** Turns the switch on, unless it is. */
const task = (web: WebServer, more: object = {}) => ({
  url: `${web.url}/switch`,
  method: 'POST',
  done_when: { url: `${web.url}/state`, json: { active: true } },
  settle: 0.3,
  ...more,
});

const methods = (web: WebServer): readonly string[] => web.asked.map((each) => each.method);

describe('a look', () => {
  it('registers what the server said, and changes nothing', async () => {
    await using web = await startWeb((_asked, response) => {
      const headers = {
        'Content-Type': 'application/json; charset=utf-8',
        'Set-Cookie': 'id=0123456789abcdef; Path=/',
      };
      response.writeHead(200, headers).end('{"id":1,"__proto__":[true]}');
    });
    const outcome = await outcomeHere(uri, { url: web.url, return_content: true }, { check: true });
    expect(outcome.status).toBe('ok');
    expect(outcome.result).toMatchObject({
      changed: false,
      status: 200,
      url: `${web.url}/`,
      json: { id: 1 },
      content: '{"id":1,"__proto__":[true]}',
      cookies: 'id=0123456789abcdef',
      elapsed: expect.any(Number),
    });
    expect(JSON.stringify(outcome.result['json'])).toBe('{"id":1,"__proto__":[true]}');
    expect(JSON.stringify(outcome.result['headers'])).not.toContain('0123456789abcdef');
  });

  it('has no `json` when the server does not say so or is wrong, and no `content` unasked', async () => {
    for (const type of ['text/plain', 'application/json']) {
      await using web = await startWeb((_asked, response) => {
        response.writeHead(200, { 'Content-Type': type }).end(type === 'text/plain' ? '{}' : '{');
      });
      const { result } = await outcomeHere(uri, { url: web.url });
      expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['json']));
      expect(Object.keys(result)).not.toEqual(expect.arrayContaining(['content']));
    }
  });

  it('refuses another status than wanted, in a check too, with what the server said', async () => {
    await using web = await startWeb((_asked, response) => {
      response.writeHead(503).end('<title>Down</title><script>x()</script><p>Maintenance  until\n4:00</p>');
    });
    for (const check of [true, false]) {
      expect(await outcomeHere(uri, { url: web.url, status_code: [200, 401] }, { check })).toMatchObject({
        status: 'failed',
        failure: {
          message: `\`GET ${web.url}\` answered 503 Service Unavailable, and 200 or 401 is wanted`,
          hint: 'it said: Down Maintenance until 4:00',
        },
        result: { status: 503, content: expect.stringContaining('Maintenance') },
      });
    }
    expect((await outcomeHere(uri, { url: web.url, status_code: 503 })).status).toBe('ok');
  });

  it('says where it was led when that is not followed', async () => {
    await using web = await startWeb((_asked, response) => void response.writeHead(302, { Location: '/login' }).end());
    expect((await outcomeHere(uri, { url: web.url, follow_redirects: 'none' })).failure).toMatchObject({
      message: `\`GET ${web.url}\` answered 302 Found, and 200 is wanted`,
      hint: 'it leads to `/login`: see `follow_redirects`',
    });
  });

  it('trusts the certificate that it is given', async () => {
    const certificate = selfSigned(['IP:127.0.0.1']);
    await using web = await startWeb((_asked, response) => void response.end(), certificate);
    expect((await outcomeHere(uri, { url: web.url })).failure?.message).toContain('it is self-signed');
    const ca_path = { path: 'center.pem', content: Buffer.from(certificate.cert) };
    expect((await outcomeHere(uri, { url: web.url, ca_path })).status).toBe('ok');
    expect((await outcomeHere(uri, { url: web.url, validate_certs: false })).status).toBe('ok');
    const nothing = { path: 'center.pem', content: Buffer.from('junk') };
    expect((await outcomeHere(uri, { url: web.url, ca_path: nothing })).failure?.message).toBe(
      '`center.pem` holds no certificate in PEM',
    );
  });
});

describe('what is sent', () => {
  const login = { user: 'admin', password: 'Desktone1' };
  it.each<[Record<string, Value>, Partial<Asked>]>([
    [{ body: { orgId: 1000 } }, { body: '{"orgId":1000}', headers: { 'content-type': 'application/json' } }],
    [{ body: [1, null] }, { body: '[1,null]', headers: { 'content-type': 'application/json' } }],
    [
      { body: '{"a":1}', body_format: 'json' },
      { body: '{"a":1}', headers: { 'content-type': 'application/json' } },
    ],
    [{ body: 'plain' }, { body: 'plain' }],
    [
      { body: { a: 'x y', b: [1, true] }, body_format: 'form-urlencoded' },
      { body: 'a=x+y&b=1&b=true', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [
      { body: {}, headers: { 'content-type': 'x/y' } },
      { body: '{}', headers: { 'content-type': 'x/y' } },
    ],
    [{ headers: { 'X-Number': 5 } }, { body: '', headers: { 'x-number': '5', 'content-length': '0' } }],
    [login, { headers: { authorization: `Basic ${btoa('admin:Desktone1')}` } }],
  ])('%j is %j', async (args, asked) => {
    await using web = await startWeb((_asked, response) => void response.end());
    await outcomeHere(uri, { url: web.url, method: 'POST', ...args });
    expect(web.asked).toMatchObject([asked]);
  });
});

describe('a change', () => {
  it('is sent once, and what came of it is registered', async () => {
    await using web = await startSwitch();
    expect(await outcomeHere(uri, { url: web.url, method: 'POST' })).toMatchObject({
      status: 'changed',
      result: { changed: true, done: true, status: 200, json: { active: true } },
    });
    expect(methods(web)).toEqual(['POST']);
  });

  it('is unknown in a check, in words without its values', async () => {
    await using web = await startSwitch();
    const args = { url: web.url, method: 'POST', body: { orgId: 1000, token: 'hush' }, user: 'u', password: 'hush' };
    const outcome = await outcomeHere(uri, args, { check: true });
    expect(outcome).toMatchObject({
      status: 'unknown',
      message: `would send \`POST ${web.url}\` with \`orgId\`, \`token\``,
    });
    expect(JSON.stringify(outcome)).not.toContain('hush');
    expect(web.asked).toEqual([]);
  });

  it('has failed when the server says so, and is in doubt when a gateway lost it', async () => {
    for (const [status, outcome] of [
      [409, 'failed'],
      [500, 'failed'],
      [502, 'in-doubt'],
      [504, 'in-doubt'],
    ] as const) {
      await using web = await startWeb((_asked, response) => void response.writeHead(status).end('no'));
      expect(await outcomeHere(uri, { url: web.url, method: 'POST' })).toMatchObject({
        status: outcome,
        failure: { message: expect.stringContaining(`answered ${status} `), hint: 'it said: no' },
      });
    }
  });

  it('whose answer is lost is in doubt', async () => {
    await using web = await startWeb((_asked, response) => void response.destroy());
    expect((await outcomeHere(uri, { url: web.url, method: 'POST' })).status).toBe('in-doubt');
    expect(methods(web)).toEqual(['POST']);
  });
});

describe('done_when', () => {
  it('sends nothing when the work is done, and predicts in a check', async () => {
    await using done = await startSwitch(true);
    expect(await outcomeHere(uri, task(done))).toMatchObject({ status: 'ok', result: { done: true } });
    await using open = await startSwitch();
    expect((await outcomeHere(uri, task(open), { check: true })).status).toBe('would-change');
    expect([...methods(done), ...methods(open)]).toEqual(['GET', 'GET']);
  });

  it('proves that the work was done', async () => {
    await using web = await startSwitch();
    expect(await outcomeHere(uri, task(web))).toMatchObject({ status: 'changed', result: { done: true, status: 200 } });
    expect(methods(web)).toEqual(['GET', 'POST', 'GET']);
  });

  it('settles a lost answer by looking', async () => {
    let isOn = false;
    await using web = await startWeb(({ method }, response) => {
      if (method === 'POST') isOn = true;
      if (method === 'POST') return void response.destroy();
      return void response.writeHead(200, { 'Content-Type': 'application/json' }).end(`{"active":${isOn}}`);
    });
    expect((await outcomeHere(uri, task(web))).status).toBe('changed');
    expect(methods(web)).toEqual(['GET', 'POST', 'GET']);
  });

  it('takes no answer for a proof', async () => {
    await using web = await startWeb((_asked, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"active":false}');
    });
    expect(await outcomeHere(uri, task(web))).toMatchObject({
      status: 'not-converged',
      result: { done: false, seen: '`active` is `false`, and `true` is wanted' },
    });
    expect(methods(web).filter((each) => each === 'POST')).toHaveLength(1);
  });

  it.each<[Value, boolean]>([
    [{ a: 1 }, true],
    [{ a: 2 }, false],
    [{ b: { c: null } }, true],
    [{ b: { d: null } }, false],
    [{ list: [{ name: 'spb' }] }, true],
    [{ list: [{ name: 'spb', role: 'origin' }, 3] }, true],
    [{ list: [{ name: 'spb', role: 'subscriber' }] }, false],
    [{ list: 3 }, false],
    [[], false],
    [null, false],
  ])('holds for %j: %j', async (json, holds) => {
    await using web = await startWeb((_asked, response) => {
      const found = { a: 1, b: { c: null, x: 1 }, list: [3, { name: 'spa' }, { name: 'spb', role: 'origin' }] };
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(found));
    });
    const outcome = await outcomeHere(uri, task(web, { done_when: { url: web.url, json } }), { check: true });
    expect(outcome.status).toBe(holds ? 'ok' : 'would-change');
  });

  it('may ask for a status, with the same headers and user', async () => {
    await using web = await startWeb((_asked, response) => void response.writeHead(404).end());
    const more = { headers: { 'X-Org': 1000 }, user: 'u', password: 'p', body: { a: 1 } };
    const args = task(web, { ...more, done_when: { url: web.url, status_code: 404 } });
    expect((await outcomeHere(uri, args)).status).toBe('ok');
    expect(web.asked).toMatchObject([
      { method: 'GET', headers: { 'x-org': '1000', authorization: `Basic ${btoa('u:p')}` } },
    ]);
    expect(web.asked[0]?.headers).not.toHaveProperty('content-type');
  });
});

describe('arguments', () => {
  it.each([
    [{ url: 'nowhere' }, '`nowhere` is not a URL of http or https'],
    [{ url: 'file:///etc/passwd' }, '`file:///etc/passwd` is not a URL of http or https'],
    [{ url: 'http://u:p@h/' }, 'a URL with a password would show in every message; say `user` and `password`'],
    [{ url: 'http://h/', user: 'u' }, '`user` and `password` belong together'],
    [{ url: 'http://h/', body: 'x' }, '`GET` has no `body`'],
    [{ url: 'http://h/', method: 'POST', body: {}, body_format: 'raw' }, '`body_format: raw` takes a text'],
    [
      { url: 'http://h/', method: 'POST', body: [], body_format: 'form-urlencoded' },
      '`body_format: form-urlencoded` takes a map',
    ],
    [
      { url: 'http://h/', headers: { 'a b': 'c' } },
      '`a b` is not a header, or its value has characters that no header can have',
    ],
    [
      { url: 'http://h/', headers: { a: 'b\nc' } },
      '`a` is not a header, or its value has characters that no header can have',
    ],
    [{ url: 'http://h/', done_when: { url: 'http://h/' } }, '`GET` only looks, so there is nothing for `done_when`'],
    [{ url: 'http://h/', method: 'POST', done_when: { url: 'x' } }, '`x` is not a URL of http or https'],
  ])('%j are refused before anything is sent', async (args, message) => {
    expect(await outcomeHere(uri, args, { check: true })).toMatchObject({ status: 'failed', failure: { message } });
  });

  it('are held to their schema', () => {
    expect(accepts(uri, { url: 'http://h/', method: 'POST', status_code: [200, 204], timeout: '5min' })).toBe(true);
    for (const wrong of [
      {},
      { url: 'http://h/', method: 'BREW' },
      { url: 'http://h/', status_code: 99 },
      { url: 'x', timeout: 0 },
    ]) {
      expect(accepts(uri, wrong)).toBe(false);
    }
  });

  it('from the controller need no connection to the host; from the host they do', () => {
    expect(uri.bind({ url: 'http://h/' }).offline).toBe(true);
    expect(uri.bind({ url: 'http://h/', from: 'host' }).offline).toBe(false);
  });
});
