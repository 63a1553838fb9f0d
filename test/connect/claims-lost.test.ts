// What a claim is for: the link is cut at any byte, the sender or the shells on the host are killed at any moment, bytes
// arrive late. The command ran at most once, and its end is known or known to be unknown.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimScript } from '../../src/connect/claim-script.js';
import { createConnector } from '../../src/connect/index.js';
import { encodeScript, starterWords } from '../../src/connect/shell-command.js';
import type { Connection, ExecRequest, Outcome } from '../../src/core/connection.js';
import { WorldError } from '../../src/core/world-error.js';
import { text } from '../rigs/outcome.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
let state = seed;
/** A number from 0 up to the limit, the same for the same seed. */
function random(limit: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * limit);
}

const { signal } = new AbortController();
// Counts up, because a run that has given its host back is refused under the same number.
let fence = { run: 'r1', number: 0 };
let directory = '';
let stateDirectory = '';
let count = 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A command of its own name, which leaves a line where it ran and says enough to be cut. */
function request(more: Partial<ExecRequest> = {}): ExecRequest & { readonly log: string } {
  const name = `c${(count += 1)}`;
  const log = join(directory, `${name}.log`);
  const script = `echo ran >>${log}; cat | wc -c; i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); done; sleep 0.1; exit 7`;
  return {
    log,
    command: { kind: 'shell', script },
    stdin: Buffer.alloc(20_000, 'x'),
    timeoutMs: 20_000,
    mutates: true,
    fence,
    claim: { name, manner: 'once' },
    ...more,
  };
}

async function timesRun({ log }: { readonly log: string }): Promise<number> {
  return (await readFile(log, 'utf8').catch(() => '')).split('\n').length - 1;
}

const whole = `20000\n${Array.from({ length: 300 }, (_, index) => `line ${index}\n`).join('')}`;

function expectWhole({ rc, stdout }: Outcome): void {
  expect(rc).toBe(7);
  expect(text(stdout)).toBe(whole);
}

/** Sends until there is an answer, as a run does that is taken up again; loss alone is a reason to send again. */
async function untilAnswered(connection: Connection, asked: ExecRequest): Promise<Outcome> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await connection.exec(asked);
    } catch (error) {
      if (!(error instanceof WorldError) || tries > 5) throw error;
      const isLoss =
        error.kind === 'unreachable' || (error.kind === 'in-doubt' && error.details['reason'] === undefined);
      if (!isLoss) throw error;
    }
  }
}

describe.skipIf(!hasSshd())('a command that runs once over ssh', () => {
  let server: TestSshd;
  const connect = (port = server.port): Promise<Connection> => {
    const { user, privateKeyFile } = server;
    const connector = createConnector({
      acceptNewHostKeys: true,
      environment: { PATH: process.env['PATH'], HOME: directory },
    });
    const knownHostsFile = join(directory, 'known_hosts');
    return connector.connect(targetOf({ port, user, privateKeyFile, knownHostsFile, stateDirectory }), signal);
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'playbook-lost-'));
    stateDirectory = join(directory, 'state');
    server = await startSshd([`SetEnv PB_LOST=${directory}`]);
    console.log(`SEED=${seed}`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(async () => {
    await using connection = await connect();
    fence = { run: 'r1', number: fence.number + 1 };
    const { holder } = await connection.hold({ kind: 'look' });
    await connection.hold({
      kind: holder === undefined ? 'take' : 'raise',
      holder: { ...fence, by: 'anna', since: 'today', playbook: 'x' },
    });
  });

  it('whose link is cut at any byte has run once, and is told whole', { timeout: 120_000 }, async () => {
    await using proxy = await startProxy(server.port);
    let cuts = 0;
    for (let round = 0; round < 40; round += 1) {
      await using connection = await connect(proxy.port);
      const link = proxy.links.at(-1);
      let left = random(30_000);
      const back = random(2) === 1;
      if (link !== undefined) {
        const cut = (chunk: Buffer): void => {
          left -= back ? chunk.length * 6 : chunk.length;
          if (left >= 0 || link.client.destroyed) return;
          cuts += 1;
          link.client.destroy();
        };
        (back ? link.server : link.client).prependListener('data', cut);
      }
      const asked = request();
      expectWhole(await untilAnswered(connection, asked));
      expect(await timesRun(asked)).toBe(1);
    }
    expect(cuts).toBeGreaterThan(15);
  });

  it('whose bytes arrive again when all is over does nothing', async () => {
    await using connection = await connect();
    const asked = request();
    const script = claimScript('spb', stateDirectory, asked);
    expectWhole(await connection.exec(asked));
    await pause(500);
    expect(text(await pipedIn(script, asked.stdin as Uint8Array))).toContain('line 299');
    expect(await timesRun(asked)).toBe(1);
    await connection.hold({ kind: 'release', fence });
    expect(text(await pipedIn(script, asked.stdin as Uint8Array))).not.toContain('line 299');
    expect(await timesRun(asked)).toBe(1);
  });

  it('on a host whose shells are killed at any moment has run at most once', { timeout: 180_000 }, async () => {
    await using connection = await connect();
    const seen = { known: 0, gone: 0, killed: 0, tries: 0 };
    for (let round = 0; round < 40; round += 1) {
      seen.tries = 0;
      const asked = request();
      const sent = connection.exec(asked).catch((error: unknown) => error);
      // Nothing is there to be killed until the host has started it, however long that takes.
      const delay = random(150);
      let killed = false;
      const isOver = sent.then(() => true);
      while (!killed && !(await Promise.race([isOver, pause(2).then(() => false)]))) {
        if (seen.tries === 0) await pause(delay);
        seen.tries += 1;
        killed = await killOne();
      }
      if (killed) seen.killed += 1;
      await sent;
      const end = await untilAnswered(connection, asked).then(
        ({ rc, stdout }) => (rc === 7 && text(stdout) === whole ? 'whole' : String(rc)),
        (error: unknown) => (error instanceof WorldError ? String(error.details['reason']) : String(error)),
      );
      // The command itself may have been the one that was killed; that is its end, and is known.
      expect(['whole', '137', 'claim-gone']).toContain(end);
      expect(await timesRun(asked)).toBeLessThanOrEqual(1);
      expect(end === 'whole' ? await timesRun(asked) : 1).toBe(1);
      seen[end === 'claim-gone' ? 'gone' : 'known'] += 1;
    }
    console.log(`killed on the host: ${JSON.stringify(seen)}`);
    expect(seen.known + seen.gone).toBe(40);
    expect(seen.killed).toBeGreaterThan(10);
  });

  it('is as fast as one that does not, but for some processes more', { timeout: 120_000 }, async () => {
    await using connection = await connect();
    const rounds = Number(process.env['ROUNDS'] ?? 6);
    const times: Record<string, number[]> = { plain: [], fence: [], once: [], watched: [] };
    const base = { command: { kind: 'argv', argv: ['true'] }, timeoutMs: 5_000, mutates: true } as const;
    for (let round = 0; round < rounds; round += 1) {
      for (const [kind, list] of Object.entries(times)) {
        const name = `t${round}${kind}`;
        const claim = kind === 'once' || kind === 'watched' ? { claim: { name, manner: kind } as const } : {};
        const from = performance.now();
        const { rc } = await connection.exec({ ...base, ...(kind === 'plain' ? {} : { fence }), ...claim });
        list.push(performance.now() - from);
        expect(rc).toBe(0);
      }
    }
    const median = Object.fromEntries(
      Object.entries(times).map(([kind, list]) => [kind, list.toSorted((a, b) => a - b)[rounds / 2]?.toFixed(1)]),
    );
    console.log(`median ms: ${JSON.stringify(median)}`);
    expect((await connection.claims({ run: 'r1', prefix: 't' })).length).toBe(rounds * 2);
  });
});

/** Kills one of the shells that our own sshd has started, whoever its parent is by now; true when there was one. */
async function killOne(): Promise<boolean> {
  const pids: number[] = [];
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const [line, environment] = await Promise.all(
      ['cmdline', 'environ'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
    );
    const isOurs = environment?.split('\0').includes(`PB_LOST=${directory}`) === true;
    if (isOurs && /^(?:\/bin\/)?sh\0-c\0/.test(line ?? '')) pids.push(Number(pid));
  }
  const victim = pids[random(pids.length)];
  if (victim === undefined) return false;
  try {
    process.kill(victim, 'SIGKILL');
    return true;
  } catch {
    // It ended meanwhile, which is as good.
    return false;
  }
}

/** What a script says that comes to a shell of this machine as it comes from the network. */
async function pipedIn(script: string, input: Uint8Array): Promise<Uint8Array> {
  const words = starterWords('playbook-0', { kind: 'argv', argv: [] });
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.write(Buffer.from(encodeScript(script), 'latin1'));
  child.stdin.end(input);
  await new Promise((resolve) => child.once('close', resolve));
  return Buffer.concat(chunks);
}
