// Eight faults at once, as on a bad day: what is wrong with words is told in one list before any connection, what is wrong
// with the world in one list before any touch, and then the same playbook runs.
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptShellLoop } from '../../src/connect/kept-shell-script.js';
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
  await admin(
    `create role reader login password 'r'; create table ledger (id int); insert into ledger values (1); grant select on ledger to reader`,
  );
}, 60_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await postgres?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

async function admin(text: string): Promise<readonly unknown[]> {
  const { port, user, password } = postgres ?? { port: 0, user: '', password: '' };
  const client = await connected({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  try {
    const result = await client.query<{ id: number }>(text);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

/** A server listens before it lets anyone in. */
async function connected(config: ClientConfig, tries = 100): Promise<Client> {
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (tries === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return connected(config, tries - 1);
  }
}

/** A server that writes down what it is told, and where sudo behaves so. */
async function startHost(sudo: { readonly refuses?: string }): Promise<TestSshServer> {
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
- name: Empty the ledger
  hosts: databases
  tasks:
    - name: Nobody owes anything
      sql: { change: delete from ledger, unless: select not exists (select from ledger) }
    - name: Close the book
      lineinfile: { path: ${remote}/book, line: closed }
- name: Leave a mark
  hosts: all
  become: true
  tasks:
    - name: Mark
      command: touch ${remote}/{{inventory_hostname}}.mark
      when: inventory_hostname in ['a', 'c']
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
  test('are told in two lists, one of words and one of the world, and nothing is touched', async () => {
    const [a, c, d] = await Promise.all([startHost({}), startHost({ refuses: 'echo no >&2' }), startHost({})]);
    const bad = { a: a.port, b: await freePort(), c: c.port, d: d.port };
    const writeKeys = (ofD: string | undefined): void => {
      const keys = [`${a.port} ${a.publicKeys[0]}`, `${c.port} ${c.publicKeys[0]}`, `${d.port} ${ofD}`];
      writeFileSync(join(home, 'known_hosts'), keys.map((key) => `[127.0.0.1]:${key}\n`).join(''));
    };
    writeFileSync(join(home, 'site.yml'), playbook);
    writeKeys(publicLine(keyPair().private));
    writeInventory({ ports: bad, reader: true, words: 'abd', spare: '' });
    const before = fingerprint();

    const words = await run('run', 'site.yml', '-i', 'hosts.yml');
    expect(problems(words.stderr)).toEqual([
      'file/missing site.yml:6',
      'inventory/empty-match site.yml:23',
      'variable/undefined site.yml:31',
    ]);
    expect(words.code).toBe(exitCode.invalid);
    expect(servers.map((each) => each.connections)).toEqual([0, 0, 0]);

    writeFileSync(join(home, 'banner.hbs'), 'hello from {{inventory_hostname}}\n');
    writeInventory({ ports: bad, reader: true, words: 'abcd', spare: 'a: ' });
    for (const command of [['run'], ['run', '--check'], ['preflight']]) {
      const world = await run(...command, 'site.yml', '-i', 'hosts.yml');
      expect(problems(world.stdout + world.stderr)).toEqual([
        // Nobody listens on `b`; `d` shows another key than it is known by.
        'preflight/unreachable site.yml:5',
        'preflight/unreachable site.yml:5',
        'preflight/become site.yml:20',
        'preflight/privilege site.yml:12',
        'preflight/no-file site.yml:14',
      ]);
      expect(world.stdout + world.stderr).toMatch(/the key of `\[127\.0\.0\.1\]:\d+` has changed/);
      expect(world.code).toBe(exitCode.preflightRefused);
    }
    expect(fingerprint()).toBe(before);
    expect(await admin('select id from ledger')).toEqual([{ id: 1 }]);
    expect(said.length).toBeGreaterThan(0);
    // The shell that stays open has a place of its own, and removes it.
    expect(said.map((each) => each.replace(keptShellLoop, '')).filter(mutates)).toEqual([]);
  }, 60_000);

  test('and once all are mended, the same playbook runs', async () => {
    const good = await Promise.all([startHost({}), startHost({}), startHost({}), startHost({})]);
    const [a = 0, b = 0, c = 0, d = 0] = good.map((each) => each.port);
    const keys = good.map((each) => `[127.0.0.1]:${each.port} ${each.publicKeys[0]}\n`);
    writeFileSync(join(home, 'known_hosts'), keys.join(''));
    writeFileSync(join(home, 'site.yml'), playbook);
    writeFileSync(join(home, 'banner.hbs'), 'hello from {{inventory_hostname}}\n');
    writeFileSync(join(remote, 'book'), 'open\n');
    writeInventory({ ports: { a, b, c, d }, reader: false, words: 'abcd', spare: 'a: ' });
    const looked = await run('preflight', 'site.yml', '-i', 'hosts.yml');
    expect(looked).toMatchObject({ code: exitCode.done, stderr: '' });
    const ended = await run('run', 'site.yml', '-i', 'hosts.yml');
    expect(ended.code).toBe(exitCode.done);
    expect(await admin('select id from ledger')).toEqual([]);
    expect(said.some(mutates)).toBe(true);
    expect(readdirSync(remote).toSorted()).toEqual(
      ['a.banner', 'a.mark', 'b.banner', 'book', 'c.banner', 'c.mark', 'd.banner'].toSorted(),
    );
  }, 60_000);
});

test('two names that lead to one machine are refused, and two machines that look alike are not', async () => {
  const [one, other] = await Promise.all([startHost({}), startHost({})]);
  const keys = [one, other].map((each) => `[127.0.0.1]:${each.port} ${each.publicKeys[0]}\n`);
  writeFileSync(join(home, 'known_hosts'), keys.join(''));
  writeFileSync(join(home, 'pair.yml'), '- name: Pair\n  hosts: all\n  tasks: [ping: {}]\n');
  const inventory = (b: number): string => `all:
  vars: { ssh_host: 127.0.0.1, ssh_user: tester, ssh_known_hosts_file: ${home}/known_hosts }
  hosts:
    spa: { ssh_port: ${one.port} }
    spb: { ssh_port: ${b} }
`;
  writeFileSync(join(home, 'pair-hosts.yml'), inventory(one.port));
  const refused = await run('run', 'pair.yml', '-i', 'pair-hosts.yml');
  expect(refused.code).toBe(exitCode.preflightRefused);
  expect(problems(refused.stdout)).toEqual(['preflight/one-machine pair-hosts.yml:5']);
  expect(refused.stdout).toContain('`spa` and `spb` lead to one machine');
  expect(refused.stdout).toMatch(/4 \|.*spa[^\n]*\n.*--- the same machine/);
  writeFileSync(join(home, 'pair-hosts.yml'), inventory(other.port));
  expect((await run('run', 'pair.yml', '-i', 'pair-hosts.yml')).code).toBe(exitCode.done);
}, 60_000);

test.skipIf(binaries === undefined)(
  'two hosts that reach one server of databases are refused',
  async () => {
    const [one, other] = await Promise.all([startHost({}), startHost({})]);
    const keys = [one, other].map((each) => `[127.0.0.1]:${each.port} ${each.publicKeys[0]}\n`);
    writeFileSync(join(home, 'known_hosts'), keys.join(''));
    writeFileSync(
      join(home, 'pair.yml'),
      '- name: Pair\n  hosts: all\n  tasks:\n    - sql: { query: select count(*) from ledger }\n',
    );
    writeInventory({ ports: { a: one.port, b: other.port, c: 1, d: 1 }, reader: true, words: '', spare: '' });
    const refused = await run('preflight', 'pair.yml', '-i', 'hosts.yml', '--limit', 'a,b');
    expect(refused.code).toBe(exitCode.preflightRefused);
    expect(problems(refused.stderr)).toEqual(['preflight/one-database hosts.yml:12']);
  },
  60_000,
);

test.skipIf(binaries === undefined)(
  'a wrong password is a refused log-in, also to a playbook that only asks whether the database can be reached',
  async () => {
    const one = await startHost({});
    writeFileSync(join(home, 'known_hosts'), `[127.0.0.1]:${one.port} ${one.publicKeys[0]}\n`);
    writeInventory({ ports: { a: one.port, b: 1, c: 1, d: 1 }, reader: true, words: '', spare: '' });
    const inventory = readFileSync(join(home, 'hosts.yml'), 'utf8').replace('pg_password: r', 'pg_password: wrong-one');
    writeFileSync(join(home, 'hosts.yml'), inventory);
    const asks = "    - { name: Is it down, when: reachable == 'ssh', debug: { msg: it is down } }\n";
    for (const tasks of [asks, `${asks}    - sql: { query: select 1 }\n`]) {
      writeFileSync(join(home, 'down.yml'), `- name: Look\n  hosts: a\n  tasks:\n${tasks}`);
      const refused = await run('run', 'down.yml', '-i', 'hosts.yml', '--limit', 'a');
      expect(refused.code).toBe(exitCode.preflightRefused);
      expect(refused.stdout).toMatch(
        /the login of `reader` to database `postgres` on `a` was refused: .*preflight\/login/,
      );
      expect(refused.stdout).toContain('check `pg_user` and `pg_password`');
      expect(refused.stdout).not.toMatch(/it is down|cannot be reached|wrong-one/);
    }
  },
  60_000,
);

/** True for a script that writes: by a command that does, or into a file. */
function mutates(script: string): boolean {
  // To ask for a program is not to run it.
  const quiet = script.replaceAll(/[12]?>\s*(?:\/dev\/null|&[12])|^program \S+;/gm, '');
  return /\b(?:touch|rm|mv|cp|mkdir|mktemp|chmod|chown|ln|dd|tee|kill|sync)\b|>/.test(quiet);
}
