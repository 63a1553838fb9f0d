// The module `browser` with a real Chromium, in a small web console.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browser } from '../../src/modules/browser.js';
import type { Step } from '../../src/modules/shared/browser-steps.js';
import { skipsWithoutChromium } from '../rigs/chromium.js';
import { startConsole } from '../rigs/console.js';
import type { Console } from '../rigs/console.js';
import { temporaryDirectory } from '../rigs/local-hands.js';
import { outcomeHere } from '../rigs/local-senses.js';
import { selfSigned } from '../rigs/web-server.js';

const login = (password = 'Desktone1'): readonly Step[] => [
  { fill: { label: 'User name', value: 'admin' } },
  { fill: { label: 'Password', value: password } },
  { click: { role: 'button', name: 'Log in' } },
];
const menu: readonly Step[] = [
  { click: { role: 'link', name: 'Maintenance' } },
  { click: { text: 'Slony Operations' } },
];
const operations: readonly Step[] = [
  ...menu,
  { select: { label: 'Organization ID', option: '1001' } },
  { check: { label: 'Element' } },
  { click: { role: 'button', name: 'Initialize Slony' } },
  { click: { role: 'button', name: 'Confirm' } },
  { expect: { text: 'done:', timeout: 20 } },
];

const task = (web: Console, steps: readonly Step[], more: object = {}): object => ({
  url: web.url,
  login: login(),
  steps,
  timeout: 5,
  ...more,
});

/** The processes of browsers that this one started. */
function browsersOf(parent: number): readonly string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => new RegExp(`^\\s*\\d+\\s+${parent}\\s`).test(line) && /chrom/i.test(line));
}

describe.skipIf(skipsWithoutChromium())('browser', () => {
  it.each(['controller', 'host'] as const)('does what a person would click, once, from the %s', async (from) => {
    await using web = await startConsole();
    const outcome = await outcomeHere(browser, task(web, operations, { from }), { timeoutMs: 60_000 });
    expect(outcome).toMatchObject({
      status: 'changed',
      result: { page_title: 'Slony Operations', page_url: `${web.url}/slony`, messages: ['done: spb is node 1'] },
    });
    expect(web.operations).toEqual(['1001 edb']);
    expect(browsersOf(process.pid)).toEqual([]);
  });

  it('does nothing when the page says that it is done, and proves what it did', async () => {
    await using web = await startConsole();
    const done_when = [{ open: '/slony' }, { expect: { text: 'done:', timeout: 0.5 } }];
    const args = task(web, operations, { done_when });
    expect((await outcomeHere(browser, args, { check: true })).status).toBe('would-change');
    expect(web.operations).toEqual([]);
    expect(await outcomeHere(browser, args, { timeoutMs: 60_000 })).toMatchObject({
      status: 'changed',
      result: { done: true },
    });
    expect((await outcomeHere(browser, args)).status).toBe('ok');
    expect(web.operations).toEqual(['1001 edb']);
  });

  it('touches nothing in a check', async () => {
    await using web = await startConsole();
    expect(await outcomeHere(browser, task(web, operations), { check: true })).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('click link `Maintenance`, click `Slony Operations`, select `1001` in'),
    });
    expect(web.asked).toEqual([]);
  });

  it('says which step failed, on what page, and what that said, without the password', async () => {
    await using web = await startConsole();
    await using directory = await temporaryDirectory();
    const outcome = await outcomeHere(
      browser,
      task(web, menu, { login: login('wrong-secret'), timeout: 1, screenshots: directory.path }),
    );
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: {
        message: `step 1 (click link \`Maintenance\`): not there, or not ready, within 1 s. The page was \`Log in\` at ${web.url}/login, and it said: the password ******** is wrong`,
      },
    });
    expect(JSON.stringify(outcome)).not.toContain('wrong-secret');
    const [picture = ''] = readdirSync(directory.path);
    expect(picture).toMatch(/^here-\d{8}T\d{6}Z-failed\.png$/);
    expect(outcome.failure?.details).toMatchObject({ screenshot: join(directory.path, picture) });
    expect(readFileSync(join(directory.path, picture)).subarray(1, 4).toString()).toBe('PNG');
  });

  it('keeps pictures where it is told to', async () => {
    await using web = await startConsole();
    await using directory = await temporaryDirectory();
    const screenshots = join(directory.path, 'evidence');
    const outcome = await outcomeHere(browser, task(web, [{ screenshot: 'menu' }], { screenshots }));
    expect(outcome.result['screenshots']).toEqual(readdirSync(screenshots).map((each) => join(screenshots, each)));
  });

  it.each<[string, Step, string]>([
    [
      'a name that is there twice',
      { click: { role: 'link', name: 'Twice' } },
      'there are 2 of them; say which one with `selector`',
    ],
    ['a name in part', { click: { role: 'link', name: 'Mainten' } }, 'not there, or not ready, within 1 s'],
    [
      'an option that is not there',
      { select: { label: 'Organization ID', option: '7' } },
      'no such list or option within 1 s',
    ],
    ['what cannot be clicked', { click: { role: 'button', name: 'Not now' } }, 'not there, or not ready, within 1 s'],
    ['what cannot be seen', { click: { text: 'Unseen' } }, 'not there, or not ready, within 1 s'],
    ['an expectation', { expect: { text: 'never' } }, 'not to be seen'],
  ])('has failed for %s, and nothing was clicked', async (_what, step, reason) => {
    await using web = await startConsole();
    const path = step.click?.role === 'link' ? '/' : '/slony';
    const outcome = await outcomeHere(browser, task(web, [{ open: path }, step], { timeout: 1 }));
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringContaining(`): ${reason}. The page was`) },
    });
    expect(web.operations).toEqual([]);
  });

  it('is in doubt about what fails after a click', async () => {
    await using web = await startConsole();
    const steps: readonly Step[] = [
      { open: '/slony' },
      { click: { text: 'Get lost' } },
      { expect: { text: 'done:', timeout: 1 } },
    ];
    expect((await outcomeHere(browser, task(web, steps))).status).toBe('in-doubt');
    expect(web.operations).toEqual(['lost']);
  });

  it('waits for a page that is slower than a step, when a later step does', async () => {
    await using web = await startConsole();
    const steps: readonly Step[] = [
      { open: '/slony' },
      { click: { text: 'Take your time' } },
      { expect: { text: 'slowly', timeout: 10 } },
    ];
    expect((await outcomeHere(browser, task(web, steps, { timeout: 1 }))).status).toBe('changed');
    expect(web.operations).toEqual(['slow']);
  });

  it('says no to a question of the page unless it is told to say yes', async () => {
    await using web = await startConsole();
    const steps = (dialog?: 'accept'): readonly Step[] => [
      { open: '/slony' },
      { click: { text: 'Ask first', ...(dialog === undefined ? {} : { dialog }) } },
      { expect: { text: 'running' } },
    ];
    expect(await outcomeHere(browser, task(web, steps()))).toMatchObject({
      status: 'in-doubt',
      failure: { message: expect.stringContaining('the page asked `Really?`, and the answer was no') },
    });
    expect(web.operations).toEqual([]);
    expect((await outcomeHere(browser, task(web, steps('accept')))).status).toBe('changed');
    expect(web.operations).toHaveLength(1);
  });

  it('trusts a certificate by its key, from the host too, or any when told so', async () => {
    const certificate = selfSigned(['DNS:elsewhere']);
    await using web = await startConsole(certificate);
    const ca_path = { path: 'center.pem', content: Buffer.from(certificate.cert) };
    expect(await outcomeHere(browser, task(web, menu))).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringContaining('it cannot be opened: its certificate') },
    });
    for (const more of [{ ca_path }, { ca_path, from: 'host' }, { validate_certs: false }]) {
      expect((await outcomeHere(browser, task(web, menu, more))).status).toBe('changed');
    }
  });

  it('says why a page cannot be opened, through the host too', async () => {
    const args = { url: 'http://127.0.0.1:1/', steps: [{ wait: 1 }] };
    expect((await outcomeHere(browser, args)).failure?.message).toMatch(
      /^open the page: it cannot be opened: ERR_UNSAFE_PORT|nothing listens there/,
    );
    await using web = await startConsole();
    const elsewhere = task(web, [{ open: `http://localhost:${web.port}/` }], { from: 'host' });
    expect((await outcomeHere(browser, elsewhere)).status).toBe('changed');
  });
});
