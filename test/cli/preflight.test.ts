// Eight faults at once, as on a bad day: what is wrong with words is told in one list before any connection, what is wrong
// with the world in one list before any touch, and then the same playbook runs.
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { freePort, postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { keyPair, publicLine, startSshServer } from '../rigs/ssh-server.js';
import type { ExecAct, TestSshServer } from '../rigs/ssh-server.js';

const binaries = postgresBinaries();

/** The files of the operator, and those of the hosts, which all stand on this machine. */
const home = mkdtempSync(join(tmpdir(), 'playbook-faults-'));
const remote = join(home, 'remote');
let postgres: TestPostgres | undefined;
const servers: TestSshServer[] = [];
/** Everything that was said to a host, decoded. */
const said: string[] = [];

beforeAll(async () => {
  if (binaries === undefined) return;
  mkdirSync(remote);
  postgres = await startPostgres(binaries);
  await admin(`create role reader login password 'r'; create table ledger (id int); insert into ledger values (1)`);
}, 60_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await postgres?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

async function admin(text: string): Promise<readonly unknown[]> {
  const { port, user, password } = postgres ?? { port: 0, user: '', password: '' };
  const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  await client.connect();
  try {
    const result = await client.query<{ id: number }>(text);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

/** A server that writes down what it is told, and where sudo behaves so. */
async function server(sudo: { readonly refuses?: string }): Promise<TestSshServer> {
  const bin = await writeFakeSudo(mkdtempSync(join(home, 'bin-')), sudo);
  const started = await startSshServer({
    environment: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: '/tmp' },
    exec: (act: ExecAct) => {
      const channel = act.accept();
      channel.on('data', (chunk: Buffer) => said.push(decoded(chunk.toString('latin1'))));
      act.run(channel);
    },
  });
  servers.push(started);
  return started;
}

/** A script as it crosses to a host: octal where a shell might see a meaning. */
function decoded(text: string): string {
  return text.replaceAll(/\\0(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

interface World {
  readonly ports: Readonly<Record<'a' | 'b' | 'c' | 'd', number>>;
  readonly reader: boolean;
  /** Hosts that know their last word. */
  readonly words: string;
  /** The only host of a group that may be empty. */
  readonly spare: string;
}

function writeInventory({ ports, reader, words, spare }: World): void {
  const hosts = Object.entries(ports).map(([name, port]) => {
    const word = words.includes(name) ? `, word: bye from ${name}` : '';
    return `    ${name}: { ssh_port: ${port}${word} }`;
  });
  const text = `all:
  vars:
    ssh_host: 127.0.0.1
    ssh_user: tester
    ssh_known_hosts_file: ${home}/known_hosts
    pg_port: ${postgres?.port ?? 0}
    pg_user: ${reader ? 'reader' : (postgres?.user ?? '')}
    pg_password: ${reader ? 'r' : (postgres?.password ?? '')}
    pg_database: postgres
  hosts:
${hosts.join('\n')}
  children:
    databases: { hosts: { a: } }
    spares: { hosts: { ${spare} } }
`;
  writeFileSync(join(home, 'hosts.yml'), text);
}

const playbook = `- name: Look at all
  hosts: all
  tasks:
    - name: Say hello
      template:
        src: banner.hbs
        dest: ${remote}/{{inventory_hostname}}.banner
    - name: Leave a mark
      become: true
      command: touch ${remote}/mark
      when: inventory_hostname in ['a', 'c']
- name: Empty the ledger
  hosts: databases
  tasks:
    - name: Nobody owes anything
      sql: { change: delete from ledger, unless: select not exists (select from ledger) }
    - name: Close the book
      lineinfile: { path: ${remote}/book, line: closed }
- name: Spares
  hosts: spares
  tasks:
    - name: Spare
      ping: {}
- name: Say goodbye
  hosts: all
  tasks:
    - name: Last words
      debug: { msg: "{{word}}" }
`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...words: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const program = join(projectRoot, 'bin/playbook');
  const child = spawn(process.execPath, [program, ...words], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (heard.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (heard.stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...heard })));
}

/** `code file:line` of every framed problem in a text. */
function problems(text: string): readonly string[] {
  return [...text.matchAll(/^error: .* (\w+\/[\w-]+)(?:\n {2,}.*)*\n *--> ([^\s:]+):(\d+):\d+/gm)].map(
    ([, code, file, line]) => `${code} ${file}:${line}`,
  );
}

/** Everything on the hosts that a touch would change. */
function fingerprint(): string {
  return JSON.stringify(
    [remote, ...readdirSync(remote, { recursive: true }).map((name) => join(remote, String(name)))].map((path) => {
      const { mtimeMs, ctimeMs, size } = lstatSync(path);
      return [path, mtimeMs, ctimeMs, size];
    }),
  );
}

describe.skipIf(binaries === undefined)('eight faults at once', () => {
  test('are told in two lists, nothing is touched, and without them all is done', async () => {
    const [a, c, d] = await Promise.all([server({}), server({ refuses: 'echo no >&2' }), server({})]);
    const bad = { a: a.port, b: await freePort(), c: c.port, d: d.port };
    const writeKeys = (ofD: string | undefined): void => {
      const keys = [`${a.port} ${a.publicKeys[0]}`, `${c.port} ${c.publicKeys[0]}`, `${d.port} ${ofD}`];
      writeFileSync(join(home, 'known_hosts'), keys.map((key) => `[127.0.0.1]:${key.replace(' ', ' ')}\n`).join(''));
    };
    writeFileSync(join(home, 'site.yml'), playbook);
    writeKeys(publicLine(keyPair().private));
    writeInventory({ ports: bad, reader: true, words: 'abd', spare: '' });
    const before = fingerprint();

    const words = await run('run', 'site.yml', '-i', 'hosts.yml');
    expect(problems(words.stderr)).toEqual([]);
    expect(words.code).toBe(exitCode.invalid);
    expect(servers.map((each) => each.connections)).toEqual([0, 0, 0]);

    writeFileSync(join(home, 'banner.hbs'), 'hello from {{inventory_hostname}}\n');
    writeInventory({ ports: bad, reader: true, words: 'abcd', spare: 'a: ' });
    for (const command of [['run'], ['run', '--check'], ['preflight']]) {
      const world = await run(...command, 'site.yml', '-i', 'hosts.yml');
      expect(problems(world.stdout + world.stderr)).toEqual([]);
      expect(world.code).toBe(exitCode.preflightRefused);
    }
  }, 60_000);
});
