// The proof that secrets stay where they belong: a canary from every source that there is goes through everything that can
// fail, is said back by the hosts in every spelling, and is then looked for in all that was told, in everything that was
// written down, and, while it runs, in the command line and the environment of every process of this machine, which is
// both ends.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canariesOf, hitsIn, needlesOf } from '../rigs/canaries.js';
import type { Canary, Hit } from '../rigs/canaries.js';
import { canaryVariables, vaultPassword, writeCanarySite } from '../rigs/canary-site.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { startProgram } from '../rigs/running-program.js';
import { startScan } from '../rigs/process-scan.js';
import type { Scan } from '../rigs/process-scan.js';
import { ageKeys } from '../rigs/sealed.js';
import { startSshServer } from '../rigs/ssh-server.js';
import type { TestSshServer } from '../rigs/ssh-server.js';

const canaries = canariesOf(
  [...canaryVariables, vaultPassword],
  ['become_password', 'ssh_password', 'pg_password', vaultPassword],
);
const secretOf = (name: string): string => canaries.find(({ source }) => source === name)?.secret ?? '';
const keys = ageKeys();
const known: readonly Canary[] = [
  ...canaries,
  { source: 'the identity of age', secret: keys.identity.replace('AGE-SECRET-KEY-1', '') },
];
const needles = needlesOf(known);

const binaries = postgresBinaries();
const home = mkdtempSync(join(tmpdir(), 'playbook-canaries-'));
const state = join(home, 'state');
const temporary = join(home, 'tmp');
const remote = join(home, 'remote');
let postgres: TestPostgres | undefined;
let server: TestSshServer | undefined;
/** Command lines that the ssh server was asked for. */
let asked = '';

beforeAll(async () => {
  if (binaries === undefined) return;
  for (const directory of [state, temporary, remote]) mkdirSync(directory);
  postgres = await startPostgres(binaries);
  const { port, user, password } = postgres;
  const admin = await connected({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  await admin.query(
    `create role canary login password '${secretOf('pg_password')}'; create table words (word text primary key)`,
  );
  await admin.query('grant all on words to canary');
  await admin.end();
  await writeFakeSudo(join(home, 'bin'), { password: secretOf('become_password') });
  server = await startSshServer({
    environment: { PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: remote, TMPDIR: remote },
    authenticate: (context) => {
      if (context.method === 'password' && context.password === secretOf('ssh_password')) context.accept();
      else context.reject(['password']);
    },
  });
  writeCanarySite({ home, remote, canaries: known, keys, ssh: server, pgPort: port });
}, 60_000);

/** A server listens before it lets anyone in. */
async function connected(config: ClientConfig): Promise<Client> {
  for (let tries = 200; ; tries -= 1) {
    const client = new Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** What was told by all runs, by the words of each. */
const told: (Ended & { readonly words: string })[] = [];

async function playbook(words: readonly string[], { nodeOptions = '', killWhen = '' } = {}): Promise<Ended> {
  const env = {
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    TMPDIR: temporary,
    PLAYBOOK_VAULT_PASSWORD_FILE: 'pass.txt',
    SOPS_AGE_KEY_FILE: 'keys.txt',
    CANARY_SECRET: secretOf('from_env'),
    ...(nodeOptions === '' ? {} : { NODE_OPTIONS: nodeOptions }),
  };
  const program = startProgram(home, words, env);
  const watch = setInterval(() => {
    if (killWhen !== '' && statSync(killWhen, { throwIfNoEntry: false }) !== undefined) program.child.kill('SIGKILL');
  }, 20);
  const code = await program.over;
  clearInterval(watch);
  const said = program.said();
  told.push({ words: words.join(' '), code, said });
  return { code, said };
}

function filesBelow(directory: string): readonly string[] {
  return namesIn(directory)
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

const site = ['-i', 'inventory/hosts.yml', '-e', '@extra.json'];
const answered = [...site, '--confirm', 'it is so'];
const runs = (): readonly string[] =>
  namesIn(join(state, 'runs')).flatMap((name) => (name.endsWith('.jsonl') ? [name.replace('.jsonl', '')] : []));

describe.skipIf(binaries === undefined)('no canary', () => {
  let scan: Scan | undefined;

  beforeAll(async () => {
    const scanner = await startScan(needles);
    for (const output of ['lines', 'tree', 'jsonl'])
      await playbook(['run', 'site.yml', ...answered, '-v', '--diff', '--output', output]);
    await playbook(['run', 'site.yml', ...site, '--check', '--diff', '-v']);
    await playbook(['preflight', 'site.yml', ...site, '-v']);
    await playbook(['run', 'broken.yml', ...site]);
    await playbook(['validate', 'site.yml', 'broken.yml', '-i', 'inventory/hosts.yml']);
    await playbook(['list', 'tasks', 'site.yml', ...site]);
    await playbook(['inventory', '-i', 'inventory/hosts.yml', '--list']);
    await playbook(['explain', 'var', 'from_sops', '-i', 'inventory/hosts.yml', '--host', 'far']);
    for (const bug of ['throw new Error(words)', 'void Promise.reject(new Error(words))']) await crashed(bug);
    await playbook(['run', 'killed.yml', ...site], { killWhen: join(remote, 'waits') });
    const last = runs().toSorted().at(-1) ?? '';
    await playbook(['runs', last]);
    await playbook(['unlock', last, '--confirm', last]);
    await playbook(['run', 'asked.yml', ...site]);
    for (const run of runs().toSorted().slice(0, 1))
      for (const output of ['lines', 'jsonl']) await playbook(['report', run, '--output', output, '-v']);
    asked = server?.lines.join('\n') ?? '';
    scan = await scanner.end();
  }, 300_000);

  /** A bug of our own, whose message holds all that hosts say. */
  async function crashed(bug: string): Promise<void> {
    const path = join(home, 'bug.cjs');
    const words = `const words = fs.readFileSync('${home}/spoken.txt', 'utf8');`;
    const begun = `fs.readdirSync('${state}/runs').filter((name) => name.endsWith('.jsonl')).length > ${runs().length}`;
    writeFileSync(
      path,
      `const fs = require('node:fs'); ${words} setInterval(() => { if (${begun}) { ${bug} } }, 5).unref();`,
    );
    await playbook(['run', 'site.yml', ...site], { nodeOptions: `--require ${path}` });
  }

  test('was kept from its work: the runs went the whole way', () => {
    const [lines] = told;
    expect(lines?.code, `it said: ${lines?.said.slice(-3000)}`).toBe(1);
    expect(lines?.said).toContain('********');
    expect(lines?.said).toMatch(/fatal: \[far\]/);
    // Each host was handed each of them.
    for (const host of ['here', 'far']) {
      const page = readFileSync(join(remote, `${host}.page`), 'utf8');
      for (const name of canaryVariables.filter((each) => each !== 'from_vault'))
        expect(page).toContain(`${name}=${secretOf(name)}`);
    }
    expect(server?.authentications).toContain(`password:${secretOf('ssh_password')}`);
  });

  test('is in what was told', () => {
    const hits = told.flatMap(({ words, said }) => hitsIn(said, words, needles));
    const bytes = told.reduce((sum, { said }) => sum + said.length, 0);
    console.log(
      `told: ${told.length} commands, ${bytes} bytes, ${needles.length} needles of ${known.length} canaries, ${hits.length} hits`,
    );
    expect(hits.slice(0, 20)).toEqual([]);
  });

  test('is in what was written down, or left in a temporary file', () => {
    const files = [...filesBelow(state), ...filesBelow(temporary), ...filesBelow(join(remote, 'state'))];
    const hits = files.flatMap((path) => hitsIn(readFileSync(path, 'utf8'), path, needles));
    console.log(`written: ${files.length} files, ${hits.length} hits`);
    expect(files.length).toBeGreaterThan(5);
    expect(hits.slice(0, 20)).toEqual([]);
  });

  test('is in the command line or the environment of any process, or in what sshd was asked to run', () => {
    if (scan === undefined) throw new Error('nothing was scanned');
    // What its caller puts into the environment of a process is there until it ends, and nothing can take it out.
    const isGiven = ({ source, where, command }: Scan['hits'][number]): boolean =>
      source === 'from_env' && where === 'environ' && command.includes('bin/playbook');
    // A playbook that makes a secret a part of a name makes it a word of whatever program is told the name.
    const isName = ({ source, where }: Hit): boolean => source === 'in_path_token' && where === 'cmdline';
    const hits: readonly Hit[] = [
      ...scan.hits.filter((hit) => !isGiven(hit) && !isName(hit)),
      ...hitsIn(asked, 'sshd', needles),
    ];
    console.log(`processes: ${scan.sweeps} sweeps, ${scan.reads} reads of /proc, ${hits.length} hits`);
    expect(scan.sweeps).toBeGreaterThan(50);
    // The scanner sees: the one canary that is meant to be there.
    expect(scan.hits.some(isGiven)).toBe(true);
    expect(hits.slice(0, 20)).toEqual([]);
  });
});
