// The embedded lab as the runbooks meet it: their words, the picture of a check as a person reads it, and a monitor of
// every set of a pair.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { expect } from 'vitest';
import { DATABASE_LOGIN, startLab } from '../../src/lab/index.js';
import type { Lab } from '../../src/lab/index.js';
import { isServiceRunning } from '../../src/lab/sandbox-facts.js';
import { place } from '../lab/rig.js';
import { projectRoot } from './command-line.js';
import { watchWritable } from './writable-monitor.js';
import type { WritableMonitor } from './writable-monitor.js';

/** The databases of a tenant's pair. */
export const allDatabases = ['fdb', 'edb', 'avdb'];
/** The words that name the tenant of the lab. */
export const tenant = ['-e', 'org=1001'];
/** How the task begins that initializes Slony without a person. */
export const byRest = 'Initialize Slony by the REST call';
/** A run waits for replication. */
export const patient = { timeout: 240_000 };

/** A lab that is gone with its directory when it is disposed of. */
export interface RunbookLab extends AsyncDisposable {
  readonly lab: Lab;
  /** The words of `playbook run` for a runbook of this lab; Slony is initialized by the REST call, nobody clicks. */
  words(playbook: string, ...more: readonly string[]): readonly string[];
  /** Watches these databases of a pair. */
  watch(hosts: readonly string[], databases: readonly string[]): Promise<readonly WritableMonitor[]>;
  /** Checks a runbook, one host after the other, and compares what is printed with a file beside the test. */
  expectCheck(golden: string, words: readonly string[], exitCode?: number): Promise<void>;
}

const goldenDirectory = new URL('../lab/golden/', import.meta.url);
const update = (process.env['UPDATE_GOLDEN'] ?? '') !== '';

/** Starts a lab of these hosts. */
export async function startRunbookLab(hosts: readonly string[]): Promise<RunbookLab> {
  const base = mkdtempSync(join(tmpdir(), 'runbooks-'));
  const lab = await startLab(join(base, 'lab'), { hosts });
  const inventory = [
    '-i',
    'dc1.yml',
    '-i',
    lab.state.inventoryFile,
    '-e',
    'service_center_way=http',
    '-e',
    'connect_timeout=3',
  ];
  const words = (playbook: string, ...more: readonly string[]): readonly string[] => [playbook, ...inventory, ...more];
  return {
    lab,
    words,
    watch: (watched, databases) => Promise.all(databases.map((database) => watchOne(lab, watched, database))),
    async expectCheck(golden, said, exitCode = 0) {
      const shown = await checked([...said, '--check', '--diff', '--forks', '1'], base);
      const text = `${withoutChance(shown.text, lab)}exit ${shown.exitCode}\n`;
      const file = new URL(`${golden}.txt`, goldenDirectory);
      expect(shown.exitCode).toBe(exitCode);
      if (update) {
        mkdirSync(dirname(file.pathname), { recursive: true });
        writeFileSync(file, text);
      }
      expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'no such file: UPDATE_GOLDEN=1 writes it');
    },
    async [Symbol.asyncDispose]() {
      await lab.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function watchOne(lab: Lab, hosts: readonly string[], database: string): Promise<WritableMonitor> {
  return watchWritable(
    hosts.map((host) => {
      const { socketDirectory, postgresPort, root } = place(lab.state, host);
      return {
        host,
        async open(queryTimeoutMs) {
          const server = { host: socketDirectory, port: postgresPort, database, ...DATABASE_LOGIN };
          const client = new Client({ ...server, connectionTimeoutMillis: 5_000, query_timeout: queryTimeoutMs });
          client.on('error', () => {});
          await client.connect().catch(async (error: unknown) => {
            await client.end();
            throw error;
          });
          return client;
        },
        serves: () => isServiceRunning(root, 'dtService'),
      };
    }),
  );
}

function checked(words: readonly string[], base: string): Promise<{ text: string; exitCode: number }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: base, PLAYBOOK_STATE_DIR: join(base, 'runs') };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(projectRoot, 'bin/playbook'), 'run', ...words],
      { cwd: projectRoot, env, maxBuffer: 1 << 24 },
      (_error, stdout, stderr) => resolve({ text: stdout + stderr, exitCode: child.exitCode ?? -1 }),
    );
    child.stdin?.end();
  });
}

/** Leaves out what differs from lab to lab and from run to run. */
function withoutChance(text: string, lab: Lab): string {
  const ports = lab.state.appliances.flatMap(({ host, sshPort, postgresPort }) => [
    [String(sshPort), `SSH_PORT_OF_${host}`] as const,
    [String(postgresPort), `PORT_OF_${host}`] as const,
  ]);
  const centre = new URL(lab.state.serviceCenterUrl);
  return [
    [lab.state.directory, '/LAB'] as const,
    [lab.state.socketBase, '/SOCKETS'] as const,
    [centre.host, 'SERVICE_CENTER'] as const,
    ...ports,
  ]
    .reduce((said, [value, name]) => said.replaceAll(value, name), text)
    .replaceAll(/\(\d+(?:\.\d)? s\)/g, '(N s)')
    .replaceAll(/\b\d{8}T\d{6}-[0-9a-f]{4}\b/g, 'RUN')
    .replaceAll(/^( +)pid +\|/gm, '$1pid |')
    .replaceAll(/^( +[-+]) +\d+ +\|/gm, '$1 N |')
    .replaceAll(/lab slon \w+ \w+/g, 'lab slon')
    .replaceAll(/, lag \d+(?:\.\d+)? s/g, '');
}
