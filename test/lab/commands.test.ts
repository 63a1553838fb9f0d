// The lab as the command line has it: in the background, found again by its directory, gone without a trace.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Result } from '../../src/core/result.js';
import { labCut, labDown, labHeal, labStatus, labUp, type LabState, type LabStatus } from '../../src/lab/index.js';
import { isAlive, markedProcesses, waitUntilGone } from '../../src/lab/processes.js';
import { asRoot, connect, exec } from './rig.js';

let base: string;
let directory: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lab-'));
  directory = join(base, '.lab');
});

afterEach(() => labDown({ directory }), 30_000);

afterAll(() => rmSync(base, { recursive: true, force: true }));

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

async function status(): Promise<LabStatus> {
  const found = value(await labStatus({ directory }));
  if (found === undefined) throw new Error('no lab is up');
  return found;
}

function expectNoTrace(state: LabState): void {
  expect([directory, state.socketBase].filter(existsSync)).toEqual([]);
  expect([state.process, ...state.appliances.map((each) => each.postgres)].filter(isAlive)).toEqual([]);
  expect(markedProcesses(directory)).toEqual([]);
}

describe('a lab in the background', () => {
  it('comes up, says how it stands, is cut and healed, and goes down', async () => {
    const state = value(await labUp({ directory }));
    expect(statSync(join(directory, 'state.json')).mode & 0o777).toBe(0o600);
    expect(state.appliances.every((each) => each.sshPort < 32_768 && each.postgresPort < 32_768)).toBe(true);
    expect((await status()).appliances).toMatchObject([
      {
        host: 'spa',
        cut: false,
        services: { dtService: true },
        databases: [{ role: 'origin', slonRuns: true }],
        capabilities: 65731,
      },
      {
        host: 'spb',
        cut: false,
        services: { dtService: true },
        databases: [{ role: 'subscriber', slonRuns: true }],
        capabilities: 65539,
      },
    ]);

    const again = await labUp({ directory });
    expect(again).toMatchObject({ ok: false, problems: [{ code: 'lab/already-running' }] });

    expect(value(await labCut({ directory, host: 'spa' }))).toEqual(['spa']);
    expect((await status()).appliances.map((each) => each.cut)).toEqual([true, false]);
    expect(value(await labHeal({ directory, host: 'spa' }))).toEqual([]);
    expect(await labCut({ directory, host: 'spx' })).toMatchObject({ ok: false });

    // Whatever a client left behind goes too: in the background, in a process group or even a session of its own.
    const client = await connect(state, 'spb');
    await exec(client, 'sleep 4444 >/dev/null 2>&1 </dev/null &');
    await asRoot(client, 'nohup sh -c "sleep 4445; true" >/dev/null 2>&1 </dev/null &');
    client.end();
    expect(value(await labDown({ directory }))).toBe(true);
    expectNoTrace(state);
    expect(value(await labDown({ directory }))).toBe(false);
    expect(value(await labStatus({ directory }))).toBeUndefined();
  }, 60_000);

  it('writes an inventory overlay that names every appliance', async () => {
    const state = value(await labUp({ directory, hosts: ['spb'] }));
    // The shape is what is asserted below.
    const inventory = parse(readFileSync(state.inventoryFile, 'utf8')) as unknown;
    const [appliance] = state.appliances;
    expect(inventory).toEqual({
      all: {
        hosts: {
          spb: {
            ssh_host: '127.0.0.1',
            ssh_port: appliance?.sshPort,
            ssh_user: 'desktone',
            state_directory: expect.stringMatching(/spb\/\.playbook\/state$/),
            ssh_private_key_file: join(directory, 'id_ed25519'),
            ssh_known_hosts_file: join(directory, 'known_hosts'),
            become_password: 'Desktone1',
            pg_host: '127.0.0.1',
            pg_port: appliance?.postgresPort,
            pg_user: 'admin',
            pg_password: 'desktone-db',
            appliance_ip: '10.231.77.12',
            peer_address: '127.0.0.1',
            peer_port: appliance?.postgresPort,
            appliance_root: join(directory, 'spb'),
            desktone_home: join(directory, 'spb/usr/local/desktone'),
            xmpms_home: join(directory, 'spb/usr/local/xmpms'),
            service_center_url: state.serviceCenterUrl,
            service_center_api: new URL('/dt-rest/v100', state.serviceCenterUrl).href,
            service_center_user: 'admin',
            service_center_password: 'Desktone1',
          },
        },
      },
    });
  }, 60_000);

  it('leaves nothing behind when its daemon was killed', async () => {
    const state = value(await labUp({ directory }));
    process.kill(state.process.pid, 'SIGKILL');
    expect(await waitUntilGone(state.process, 5000)).toBe(true);
    expect(await status()).toMatchObject({
      daemonRuns: false,
      appliances: [{ databaseRuns: true }, { databaseRuns: true }],
    });
    expect(value(await labDown({ directory }))).toBe(true);
    expectNoTrace(state);
  }, 60_000);

  it('ends by itself when its directory is removed', async () => {
    const state = value(await labUp({ directory, hosts: ['spa'] }));
    rmSync(join(directory, 'state.json'));
    expect(await waitUntilGone(state.process, 15_000)).toBe(true);
    expectNoTrace(state);
  }, 60_000);
});

describe('what it refuses', () => {
  it('a host that it does not know', async () => {
    expect(await labUp({ directory, hosts: ['spa', 'spx'] })).toMatchObject({
      ok: false,
      problems: [{ code: 'lab/unknown-host', message: 'the lab has no host `spx`' }],
    });
    expect(existsSync(directory)).toBe(false);
  });

  it('a directory that holds other things, which stay', async () => {
    const other = join(base, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'precious'), '');
    expect(await labUp({ directory: other })).toMatchObject({ ok: false, problems: [{ code: 'lab/not-empty' }] });
    expect(value(await labDown({ directory: other }))).toBe(false);
    expect(readdirSync(other)).toEqual(['precious']);
  });

  it('connections of other users of the machine', async (context) => {
    context.skip(process.getuid?.() !== 0 || process.platform !== 'linux', 'only root can act as another user');
    const state = value(await labUp({ directory, hosts: ['spa'] }));
    const script = `require('net').connect(${state.appliances[0]?.sshPort}, '127.0.0.1').on('data', () => console.log('answered')).on('error', () => 0)`;
    const run = (uid: number): string =>
      execFileSync(process.execPath, ['-e', `${script}; setTimeout(() => process.exit(0), 700)`], {
        uid,
        cwd: '/',
        encoding: 'utf8',
      });
    expect([run(0), run(65_534)]).toEqual(['answered\n', '']);
  }, 60_000);
});
