// What the module says and refuses without a browser, and the proxy that a browser would use.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/core/plan.js';
import type { Value } from '../../src/core/value.js';
import { WorldError } from '../../src/core/world-error.js';
import { browser } from '../../src/modules/browser.js';
import { findChromium, loadPlaywright } from '../../src/modules/shared/browser-launch.js';
import { stepWords } from '../../src/modules/shared/browser-steps.js';
import type { Step } from '../../src/modules/shared/browser-steps.js';
import { startSocks } from '../../src/modules/shared/socks.js';
import { outcomeHere } from '../rigs/local-senses.js';
import { accepts } from '../rigs/module-cases.js';
import { startWeb } from '../rigs/web-server.js';

const click: Step = { click: { role: 'button', name: 'Go' } };
const task = (more: object = {}): object => ({
  url: 'http://h/',
  steps: [click],
  executable: '/nonexistent/chromium',
  ...more,
});

describe('steps', () => {
  it.each<[Step, string]>([
    [{ open: '/x' }, 'open `/x`'],
    [{ fill: { label: 'Password', value: 'hush' } }, 'fill `Password`'],
    [{ fill: { selector: '#p', value: 'hush' } }, 'fill `#p`'],
    [{ select: { label: 'Organization ID', option: '1000' } }, 'select `1000` in `Organization ID`'],
    [{ check: { label: 'Fabric' } }, 'check `Fabric`'],
    [click, 'click button `Go`'],
    [{ click: { text: 'Slony Operations' } }, 'click `Slony Operations`'],
    [{ expect: { text: 'done' } }, 'expect `done`'],
    [{ expect: { role: 'status' } }, 'expect status'],
    [{ screenshot: 'before' }, 'screenshot `before`'],
    [{ wait: '500ms' }, 'wait 0.5 s'],
  ])('%j reads `%s`', (step, words) => {
    expect(stepWords(step)).toBe(words);
    expect(accepts(browser, { url: 'http://h/', steps: [step] as Value })).toBe(true);
  });

  it.each<[Value]>([
    [[]],
    [[{}]],
    [[{ open: '/x', wait: 1 }]],
    [[{ press: 'Enter' }]],
    [[{ fill: { label: 'x' } }]],
    [[{ fill: { label: 'x', selector: 'y', value: 'z' } }]],
    [[{ click: {} }]],
    [[{ click: { name: 'Go' } }]],
    [[{ click: { text: 'Go', name: 'Go' } }]],
    [[{ expect: { text: 'a', role: 'b' } }]],
    [[{ screenshot: '../x' }]],
  ])('%j are none', (steps) => {
    expect(accepts(browser, { url: 'http://h/', steps })).toBe(false);
  });

  it('get no defaults that would make two of one', () => {
    const steps: Value = [{ click: { text: 'Go' } }, { expect: { text: 'done' } }];
    expect(accepts(browser, { url: 'http://h/', steps, done_when: [{ expect: { text: 'done' } }] })).toBe(true);
  });

  it('that only look are all that `done_when` takes', () => {
    const done = (look: Value) => accepts(browser, { url: 'http://h/', steps: [click] as Value, done_when: [look] });
    expect([done({ open: '/x' }), done({ expect: { text: 'x' } })]).toEqual([true, true]);
    expect([done({ click: { text: 'x' } }), done({ wait: 1 })]).toEqual([false, false]);
  });
});

describe('a check', () => {
  it('lists the steps, and no value that is filled in', () => {
    const steps: readonly Step[] = [{ fill: { label: 'Password', value: 'hush' } }, click];
    const bound = browser.bind({ url: 'http://h/', steps });
    expect(bound.describe).toBe('would open `http://h/` and fill `Password`, click button `Go`');
    expect(bound.provable).toBe(false);
    expect(browser.bind({ url: 'http://h/', steps, done_when: [{ expect: { text: 'x' } }] }).provable).toBe(true);
  });

  it('finds out that there is no browser', async () => {
    expect(await outcomeHere(browser, task(), { check: true })).toMatchObject({
      status: 'failed',
      failure: { message: '`/nonexistent/chromium` cannot be run', hint: expect.stringContaining('PLAYBOOK_CHROMIUM') },
    });
  });

  it.each([
    [{ url: 'nowhere' }, '`nowhere` is not a URL of http or https'],
    [{ url: 'http://u:p@h/' }, 'a URL with a password would show in every message; say `user` and `password`'],
    [{ steps: [{ screenshot: 'x' }] }, '`screenshot` needs `screenshots`, the directory of the pictures'],
    [{ steps: [{ open: 'file:///etc/passwd' }] }, '`file:///etc/passwd` is not a URL of http or https'],
    [{ login: [{ open: 'javascript:x' }] }, '`javascript:x` is not a URL of http or https'],
    [{ ca_path: { path: 'x.pem', content: Buffer.from('x') } }, '`x.pem` holds no certificate in PEM'],
  ])('refuses %j', async (more, message) => {
    expect(await outcomeHere(browser, task(more), { check: true })).toMatchObject({
      status: 'failed',
      failure: { message },
    });
  });

  it('is done when the page says so', () => {
    const bound = browser.bind(task());
    expect(planOf({ done: true, seen: null }, bound.want({ done: true, seen: null })).kind).toBe('same');
    expect(planOf({ done: false, seen: 'x' }, bound.want({ done: false, seen: 'x' }))).toMatchObject({
      kind: 'change',
    });
  });
});

describe('what it needs on this machine', () => {
  it('is looked for where the task says, then the environment, then the usual places', () => {
    expect(findChromium('/bin/sh', { PLAYBOOK_CHROMIUM: '/bin/cat' })).toBe('/bin/sh');
    expect(findChromium(undefined, { PLAYBOOK_CHROMIUM: '/bin/cat' })).toBe('/bin/cat');
    expect(() => findChromium(undefined, { PLAYBOOK_CHROMIUM: '/nonexistent' })).toThrow(
      '`/nonexistent` cannot be run',
    );
  });

  it('may lack the optional package, and says which', async () => {
    await expect(loadPlaywright(() => Promise.reject(new Error('ERR_MODULE_NOT_FOUND')))).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('`playwright-core`'),
      hint: expect.stringContaining('npm install playwright-core'),
    });
  });
});

/** Asks a proxy for a connection, as a browser does; gives its reply and the socket. */
async function through(
  port: number,
  address: string,
  to: number,
): Promise<{ readonly code: number; readonly socket: Socket }> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(Uint8Array.of(5, 1, 0));
  await once(socket, 'data');
  const name = Buffer.from(address);
  const [high, low] = [Math.floor(to / 256), to % 256];
  // In two parts, as a network may deliver it.
  socket.write(Buffer.concat([Uint8Array.of(5, 1, 0, 3, name.length), name.subarray(0, 2)]));
  socket.write(Buffer.concat([name.subarray(2), Uint8Array.of(high, low)]));
  const [reply] = (await once(socket, 'data')) as [Buffer];
  return { code: reply[1] ?? -1, socket };
}

describe('the proxy to the host', () => {
  const dialTo = (port: number) => async (address: string) => {
    if (address === 'broken') throw new WorldError('failed', 'nothing listens on broken');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  it('carries bytes both ways to what the task names', async () => {
    await using web = await startWeb((_asked, response) => void response.end('hello'));
    await using proxy = await startSocks(new Set(['console']), dialTo(web.port));
    const { code, socket } = await through(proxy.port, 'console', 80);
    expect(code).toBe(0);
    socket.write('GET /x HTTP/1.1\r\nHost: console\r\nConnection: close\r\n\r\n');
    let said = '';
    for await (const chunk of socket) said += String(chunk);
    expect(said).toContain('hello');
    expect(web.asked).toMatchObject([{ path: '/x', headers: { host: 'console' } }]);
  });

  it('leads nowhere else, and tells what was not reached', async () => {
    await using web = await startWeb((_asked, response) => void response.end());
    await using proxy = await startSocks(new Set(['console', 'broken']), dialTo(web.port));
    expect((await through(proxy.port, 'elsewhere', 443)).code).toBe(2);
    expect((await through(proxy.port, 'broken', 80)).code).toBe(1);
    expect(proxy.problems).toEqual([
      'the page asked for `elsewhere:443`, which the task does not name',
      'nothing listens on broken',
    ]);
  });

  it('ends with the browser, and its connections with it', async () => {
    await using web = await startWeb(() => undefined);
    const proxy = await startSocks(new Set(['console']), dialTo(web.port));
    const { socket } = await through(proxy.port, 'console', 80);
    const closed = once(socket, 'close');
    await proxy[Symbol.asyncDispose]();
    await closed;
    await expect(once(connect(proxy.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});
