// The proof that secrets stay where they belong: a canary from every source that there is goes through everything that can
// fail, is said back by the hosts in every spelling, and is then looked for in all that was told, in everything that was
// written down, and, while it runs, in the command line and the environment of every process of this machine, which is
// both ends.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { seal } from '../../src/load/vault/format.js';
import { canariesOf, encodings, hitsIn, needlesOf } from '../rigs/canaries.js';
import type { Canary, Hit } from '../rigs/canaries.js';
import { projectRoot } from '../rigs/command-line.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { startScan } from '../rigs/process-scan.js';
import type { Scan } from '../rigs/process-scan.js';
import { ageKeys, armoredAge, sealSops } from '../rigs/sealed.js';
import { startSshServer } from '../rigs/ssh-server.js';
import type { TestSshServer } from '../rigs/ssh-server.js';

/** Variables that hold a canary each; some names say that they are secrets, the others are known by where they come from. */
const variables = {
  become_password: 'inventory',
  ssh_password: 'inventory',
  pg_password: 'inventory',
  api_token: 'inventory',
  from_extra: 'a secret param, from a file of -e',
  from_vault: 'a file of Ansible Vault',
  from_inline: 'a value behind !vault',
  from_sops: 'a file of SOPS',
  from_age: 'a file of age',
  from_env: 'the environment',
  from_file: 'a file that !secret names',
  from_command: 'a program that !secret names',
} as const;
type Variable = keyof typeof variables;
const names = Object.keys(variables) as Variable[];

const vaultPassword = 'the password of the vault';
const canaries = canariesOf(
  [...names, vaultPassword],
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

function file(name: string, content: string, mode = 0o600): void {
  mkdirSync(join(home, name, '..'), { recursive: true });
  writeFileSync(join(home, name), content, { mode });
}

/** What a host says back: every canary that a playbook knows, in every spelling. */
const spoken = known.flatMap(({ secret }) => Object.values(encodings).map((write) => write(secret))).join('\n');

/** A line that is told in pieces, cut in the middle of a canary. */
const endless = `${'x'.repeat(65_526)}${secretOf('from_sops')}${'y'.repeat(1000)}`;

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
  writeSite(port, server);
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
  if (process.env['KEEP']) {
    const { cpSync } = await import('node:fs');
    cpSync(home, '/tmp/secrets-trial/kept', { recursive: true });
    writeFileSync('/tmp/secrets-trial/told.json', JSON.stringify(told));
  }
  await server?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

function writeSite(pgPort: number, { port, publicKeys }: TestSshServer): void {
  file('known_hosts', `[127.0.0.1]:${port} ${publicKeys[0]}\n`);
  file('spoken.txt', `${spoken}\n`);
  file('endless.txt', `${endless}\n`);
  file('pass.txt', `${secretOf(vaultPassword)}\n`);
  file('keys.txt', `${keys.identity}\n`);
  file('extra.json', JSON.stringify({ from_extra: secretOf('from_extra') }));
  file('elsewhere/secret.txt', `${secretOf('from_file')}\n`);
  file('elsewhere/printed.txt', `${secretOf('from_command')}\n`);
  file('elsewhere/print-it', '#!/bin/sh\nexec cat elsewhere/printed.txt\n', 0o700);
  const sealed = seal(Buffer.from(secretOf('from_inline')), Buffer.from(secretOf(vaultPassword)));
  file(
    'inventory/hosts.yml',
    `all:
  vars:
    become_password: ${JSON.stringify(secretOf('become_password'))}
    ssh_password: ${JSON.stringify(secretOf('ssh_password'))}
    pg_password: ${JSON.stringify(secretOf('pg_password'))}
    api_token: ${JSON.stringify(secretOf('api_token'))}
    from_env: !secret { env: CANARY_SECRET }
    from_file: !secret { file: ../elsewhere/secret.txt }
    from_command: !secret { command: elsewhere/print-it }
    from_inline: !vault |
${sealed.replaceAll(/^(?=.)/gm, '      ')}
    state_directory: ${remote}/state
  hosts:
    here: { connection: local }
    far:
      ssh_host: 127.0.0.1
      ssh_port: ${port}
      ssh_user: tester
      ssh_known_hosts_file: ${home}/known_hosts
      pg_host: 127.0.0.1
      pg_port: ${pgPort}
      pg_user: canary
      pg_database: postgres
`,
  );
  const vaulted = stringify({ from_vault: secretOf('from_vault') });
  file('inventory/group_vars/all/vault.yml', seal(Buffer.from(vaulted), Buffer.from(secretOf(vaultPassword))));
  file('inventory/group_vars/all/sops.yml', stringify(sealSops({ from_sops: secretOf('from_sops') }, [keys])));
  file(
    'inventory/group_vars/all/age.yml',
    armoredAge(Buffer.from(stringify({ from_age: secretOf('from_age') })), keys),
  );
  file('templates/page.txt', `${names.map((name) => `${name}={{${name}}}`).join('\n')}\n`);
  file('files/work.sh', '#!/bin/sh\ncat "$1"; exit 3\n');
  const params = { from_extra: { type: 'string', secret: true } };
  const plays = [{ name: 'Everything that can fail', hosts: 'all', any_errors_fatal: false, tasks: tasks() }];
  file('site.yml', stringify({ name: 'Canaries', params, plays }, { lineWidth: 0 }));
  file('broken.yml', `${stringify([{ hosts: 'all', tasks: [{ debug: { msg: `{{api_token}} {{nope}}` } }] }])}  x: [`);
  const waits = `echo {{from_sops}} {{from_extra}}; touch ${remote}/waits; sleep 5; true`;
  const question = { title: 'is it {{from_sops}}?', answer: 'it is {{from_vault}}' };
  file('asked.yml', stringify({ params, plays: [{ hosts: 'here', tasks: [{ confirm: question }] }] }));
  file('killed.yml', stringify({ params, plays: [{ hosts: 'here', tasks: [{ shell: waits }] }] }));
}

/** Tasks that hand canaries to everything, and are answered with them. */
function tasks(): readonly object[] {
  const all = names.map((name) => `{{${name}}}`).join(' ');
  const made = names
    .map((name) => `{{upper ${name}}} {{lower ${name}}} {{b64encode ${name}}} {{b64encode (join words.${name} ":")}}`)
    .join(' ');
  const onFar = { when: 'inventory_hostname == "far"' };
  const tolerant = { ignore_errors: 'it is meant to fail' };
  return [
    { name: `Named ${all}`, ping: {} },
    { debug: { msg: all } },
    {
      debug: { msg: '{{json words}}' },
      vars: { words: Object.fromEntries(names.map((name) => [name, `{{${name}}}`])) },
    },
    {
      debug: { msg: made },
      vars: { words: Object.fromEntries(names.map((name) => [name, ['u', `{{${name}}}`]])) },
    },
    { debug: { msg: '{{item}}' }, loop: names.map((name) => `{{${name}}}`) },
    { shell: `cat ${home}/spoken.txt; cat ${home}/spoken.txt >&2; exit 4`, register: 'said', ...tolerant },
    { debug: { msg: '{{said.stdout}} {{said.stderr}} {{json said}}' } },
    { shell: `cat ${home}/endless.txt`, when: 'inventory_hostname == "here"' },
    { shell: `cat ${home}/spoken.txt`, register: 'hidden_words', no_log: true },
    { debug: { msg: '{{hidden_words.stdout}}' }, no_log: true },
    { set_fact: { known: '{{said.stdout}}', shout: '{{upper from_vault}}', new_token: '{{from_sops}}' } },
    { debug: { msg: '{{known}} {{shout}} {{new_token}}' } },
    { command: 'false {{api_token}}x', ...tolerant, when: 'api_token == "never"' },
    { shell: `printf '%s\\n' {{from_vault}} {{from_sops}} | tr a-z A-Z; exit 1`, ...tolerant },
    { shell: 'nonsense-{{from_inline}}', ...tolerant },
    { script: { file: 'work.sh', args: [`${home}/spoken.txt`] }, ...tolerant },
    { command: { argv: ['cat'], stdin: all }, become: true },
    { command: { argv: ['sh', '-c', 'cat; exit 5'], stdin: all }, become: true, ...tolerant },
    { copy: { content: `${all}\n`, dest: `${remote}/{{inventory_hostname}}.copy` } },
    { copy: { content: 'nothing left\n', dest: `${remote}/{{inventory_hostname}}.copy` } },
    { copy: { src: `${home}/spoken.txt`, dest: `${remote}/{{inventory_hostname}}.spoken` } },
    { template: { src: 'page.txt', dest: `${remote}/{{inventory_hostname}}.page` } },
    { template: { src: 'page.txt', dest: `${remote}/missing/{{from_age}}/page` }, ...tolerant },
    {
      lineinfile: {
        path: `${remote}/{{inventory_hostname}}.page`,
        regexp: '^from_vault',
        line: 'from_vault=new {{from_vault}}',
      },
    },
    {
      properties: {
        path: `${remote}/{{inventory_hostname}}.properties`,
        create: true,
        set: { a: '{{from_sops}}', b: '{{api_token}}' },
      },
      ...tolerant,
    },
    { stat: { path: `${remote}/{{from_age}}` } },
    { file: { path: `${remote}/no/{{from_env}}`, state: 'directory' }, ...tolerant },
    {
      sql: { query: `select ${names.map((name) => `{{${name}}}::text as ${name}`).join(', ')}` },
      register: 'rows',
      ...onFar,
    },
    { debug: { msg: '{{json rows}}' }, ...onFar },
    { sql: { query: 'select cast({{from_inline}}::text as int)' }, ...tolerant, ...onFar },
    { sql: { change: 'insert into words values ({{from_vault}}), ({{from_vault}})' }, ...tolerant, ...onFar },
    { sql: { query: 'select {{ident from_sops}} from words' }, ...tolerant, ...onFar },
    { assert: { that: 'from_vault == api_token' }, ...tolerant },
    { assert: { that: 'from_vault == api_token', fail_msg: all }, ...tolerant },
    {
      uri: { url: 'http://user:{{api_token}}@127.0.0.1:9/{{from_sops}}', headers: { Authorization: '{{from_age}}' } },
      ...tolerant,
    },
    { wait_for: { path: `${remote}/{{from_file}}`, timeout: 0 }, ...tolerant },
    { command: `test -e ${home}/go-{{from_command}}`, until: 'false', retries: 1, delay: 0, ...tolerant },
    {
      confirm: { title: `is it ${all}?`, text: '{{said.stdout}}', steps: [all], answer: 'it is so' },
      when: 'inventory_hostname == "here"',
      ...tolerant,
    },
    { fail: { msg: all } },
  ];
}

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
    PLAYBOOK_STATE_DIR: state,
    PLAYBOOK_VAULT_PASSWORD_FILE: 'pass.txt',
    SOPS_AGE_KEY_FILE: 'keys.txt',
    CANARY_SECRET: secretOf('from_env'),
    ...(nodeOptions === '' ? {} : { NODE_OPTIONS: nodeOptions }),
  };
  const child = spawn(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const watch = setInterval(() => {
    if (killWhen !== '' && statSync(killWhen, { throwIfNoEntry: false }) !== undefined) child.kill('SIGKILL');
  }, 20);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(watch);
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
    expect(lines?.code, lines?.said.slice(-3000)).toBe(1);
    expect(lines?.said).toContain('********');
    expect(lines?.said).toMatch(/fatal: \[far\]/);
    // Each host was handed each of them.
    for (const host of ['here', 'far']) {
      const page = readFileSync(join(remote, `${host}.page`), 'utf8');
      for (const name of names.filter((each) => each !== 'from_vault'))
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
    expect(hits).toEqual([]);
  });

  test('is in what was written down, or left in a temporary file', () => {
    const files = [...filesBelow(state), ...filesBelow(temporary), ...filesBelow(join(remote, 'state'))];
    const hits = files.flatMap((path) => hitsIn(readFileSync(path, 'utf8'), path, needles));
    console.log(`written: ${files.length} files, ${hits.length} hits`);
    expect(files.length).toBeGreaterThan(5);
    expect(hits).toEqual([]);
  });

  test('is in the command line or the environment of any process, or in what sshd was asked to run', () => {
    if (scan === undefined) throw new Error('nothing was scanned');
    // What its caller puts into the environment of a process is there until it ends, and nothing can take it out.
    const isGiven = ({ source, where, command }: Scan['hits'][number]): boolean =>
      source === 'from_env' && where === 'environ' && command.includes('bin/playbook');
    const hits: readonly Hit[] = [...scan.hits.filter((hit) => !isGiven(hit)), ...hitsIn(asked, 'sshd', needles)];
    console.log(`processes: ${scan.sweeps} sweeps, ${scan.reads} reads of /proc, ${hits.length} hits`);
    expect(scan.sweeps).toBeGreaterThan(50);
    // The scanner sees: the one canary that is meant to be there.
    expect(scan.hits.some(isGiven)).toBe(true);
    expect(hits).toEqual([]);
  });
});
