// A Chromium of one's own for one task: found on this machine, started with a profile that is thrown away, and ended with
// the task. playwright-core is optional, so that who never works a web page need not install it.
import { createHash, X509Certificate } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, BrowserType, Page } from 'playwright-core';
import type { Eyes } from '../../core/module.js';
import type { ControlFile } from '../../core/place.js';
import { WorldError } from '../../core/world-error.js';
import { startSocks } from './socks.js';
import type { SocksProxy } from './socks.js';

/** How to open a page. */
export interface LaunchArgs {
  readonly executable?: string;
  readonly headless?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly validate_certs?: boolean;
  readonly ca_path?: ControlFile;
  readonly from?: 'controller' | 'host';
}

/** A page in a browser of its own. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Why connections through the host were not made. */
  readonly problems: readonly string[];
}

const wellKnown = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const quiet = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-http2',
  // What Chromium asks its makers for at every start, told or not.
  '--host-resolver-rules=MAP update.googleapis.com ~NOTFOUND, MAP accounts.google.com ~NOTFOUND, MAP clients2.google.com ~NOTFOUND',
];

/**
 * A POST whose connection breaks is sent again by Chromium itself, unless the connection was made for it and for nothing
 * else: so none is kept after an answer, and none is made before there is a request.
 */
const noSecondSending = {
  headers: { Connection: 'close' },
  preferences: { net: { network_prediction_options: 2 } },
} as const;

const startLimitMs = 30_000;

/** The program: what the task says, else what the environment says, else where it usually is. */
export function findChromium(said: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const named = said ?? environment['PLAYBOOK_CHROMIUM'];
  const found = (named === undefined || named === '' ? wellKnown : [named]).find(isProgram);
  if (found !== undefined) return found;
  throw new WorldError(
    'failed',
    named === undefined || named === '' ? 'no Chromium was found on this machine' : `\`${named}\` cannot be run`,
    {
      hint: 'install it (Debian: `apt-get install chromium`), or say where it is with `executable` or PLAYBOOK_CHROMIUM',
    },
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

type Playwright = { readonly chromium: BrowserType };

/** The package that drives the browser. */
export async function loadPlaywright(
  load: () => Promise<Playwright> = () => import('playwright-core'),
): Promise<Playwright> {
  try {
    return await load();
  } catch (cause) {
    throw new WorldError('failed', 'the package `playwright-core` is not there, and the module `browser` needs it', {
      hint: 'install it beside playbook: `npm install playwright-core`; it brings no browser of its own',
      cause,
    });
  }
}

/** Opens an empty page that can reach these addresses. */
export async function openPage(args: LaunchArgs, addresses: ReadonlySet<string>, eyes: Eyes): Promise<OpenPage> {
  const executablePath = findChromium(args.executable);
  const { chromium } = await loadPlaywright();
  const ending: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const each of ending.toReversed()) await each().catch(() => undefined);
  };
  try {
    const proxy =
      args.from === 'host' ? await startSocks(addresses, (...to) => eyes.dial(...to, startLimitMs)) : undefined;
    if (proxy !== undefined) ending.push(async () => proxy[Symbol.asyncDispose]());
    const profile = await mkdtemp(join(tmpdir(), 'playbook-browser-'));
    ending.push(async () => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
    await mkdir(join(profile, 'Default'));
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(noSecondSending.preferences));
    const context = await launch(chromium, executablePath, profile, args, proxy);
    ending.push(async () => context.close());
    const page = context.pages()[0] ?? (await context.newPage());
    return { page, problems: proxy?.problems ?? [], [Symbol.asyncDispose]: end };
  } catch (cause) {
    await end();
    throw cause;
  }
}

async function launch(
  chromium: BrowserType,
  executablePath: string,
  profile: string,
  args: LaunchArgs,
  proxy: SocksProxy | undefined,
): Promise<BrowserContext> {
  try {
    return await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: args.headless ?? true,
      timeout: startLimitMs,
      // Chromium refuses its sandbox to root; everybody else keeps it.
      chromiumSandbox: process.getuid?.() !== 0,
      args: [...quiet, ...(proxy === undefined ? ['--no-proxy-server'] : []), ...trusted(args.ca_path)],
      ...(proxy === undefined ? {} : { proxy: { server: `socks5://127.0.0.1:${proxy.port}` } }),
      extraHTTPHeaders: noSecondSending.headers,
      ignoreHTTPSErrors: args.validate_certs === false,
      acceptDownloads: false,
      serviceWorkers: 'block',
      ...(args.viewport === undefined ? {} : { viewport: args.viewport }),
      // What an interrupt means is for the run to say, not for the browser.
      handleSIGHUP: false,
      handleSIGINT: false,
      handleSIGTERM: false,
    });
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new WorldError('failed', `\`${executablePath}\` does not start: ${reason}`, {
      hint: args.headless === false ? '`headless: false` needs a display' : 'start it by hand to see what it lacks',
      cause,
    });
  }
}

/** Chromium takes no authorities of ours, but it takes the keys that are to be trusted. */
function trusted(file: ControlFile | undefined): readonly string[] {
  if (file === undefined) return [];
  const text = Buffer.from(file.content).toString('latin1');
  const keys = [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([pem]) =>
    createHash('sha256')
      .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
  );
  return [`--ignore-certificate-errors-spki-list=${keys.join(',')}`];
}
