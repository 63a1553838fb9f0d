// A host that was taken over, with all that a host can say poisoned: greeting, banner, message of the day, output, names of
// files, links, rows, columns, errors of SQL, headers and answers of a web server, keys of files. And a playbook that hears it all.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './command-line.js';
import { startDatabase } from './modules-database.js';
import type { DatabaseRig } from './modules-database.js';
import { reservedNamesToTry, templatePayloads, terminalPayloads } from './payloads.js';
import { startSshServer } from './ssh-server.js';
import { startWeb } from './web-server.js';

/** The value of a variable that an evaluated payload would show. */
export const canary = 'canary-4711';

/** What the host says: of what cannot stand in a line of UTF-8 there are tests of their own. */
export const saidLines = [...templatePayloads, ...terminalPayloads.filter((each) => !/[\n\r\0]|\p{Cs}/u.test(each))];

/** Names of files, and of columns. */
export const fileNames = saidLines.filter((each) => !each.includes('/') && Buffer.byteLength(each) < 200);
export const columnNames = [
  ...new Set([...reservedNamesToTry, ...saidLines.filter((each) => Buffer.byteLength(each) < 60)]),
];

/** Such a host, and a directory with a playbook for it. */
export interface HostileHost extends AsyncDisposable {
  readonly directory: string;
  /** Runs `playbook` with these words. */
  playbook(...words: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }>;
  /** Runs it at a terminal; needs `script` of util-linux. */
  atTerminal(...words: readonly string[]): Promise<string>;
}

/** True where a terminal can be made; in CI it must be. */
export function hasScript(): boolean {
  if (spawnSync('script', ['--version']).status === 0) return true;
  if (process.env['CI'] !== undefined) throw new Error('no `script` to make a terminal with, and this is CI');
  console.warn('SKIPPED: no `script` of util-linux to make a terminal with');
  return false;
}

/** Starts one. */
export async function startHostileHost(): Promise<HostileHost> {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-hostile-'));
  const noise = `${saidLines.join('\n')}\n`;
  const server = await startSshServer({
    banner: `${terminalPayloads.slice(0, 40).join('')}{{canary}}\n`,
    exec: (act) => {
      const channel = act.accept();
      channel.write(noise);
      channel.stderr.write(noise);
      act.run(channel);
    },
  });
  const database = await startDatabase();
  await database.create('evil', databaseText());
  const web = await startWeb((_asked, response) => {
    const headers = { 'content-type': 'application/json', 'x-said': '{{canary}}', constructor: '{{canary}}' };
    response.writeHead(200, headers);
    response.end(`{${reservedNamesToTry.map((name) => `${JSON.stringify(name)}: "{{canary}}"`).join(', ')}}`);
  });
  writeFiles(directory, { ssh: server, database, url: web.url });
  const program = join(projectRoot, 'bin/playbook');
  return {
    directory,
    playbook: (...words) => collect(directory, process.execPath, [program, ...words]),
    atTerminal: async (...words) => {
      const line = [process.execPath, program, ...words].join(' ');
      return (await collect(directory, 'script', ['-qec', line, '/dev/null'])).said;
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await web[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function collect(directory: string, program: string, words: readonly string[]): ReturnType<HostileHost['playbook']> {
  const environment = { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state'), HOME: directory };
  const child = spawn(program, words, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said: Buffer.concat(chunks).toString() }));
  });
}

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function databaseText(): string {
  const [message, detail] = [`${terminalPayloads[0] ?? ''}{{canary}}`, terminalPayloads[1] ?? ''].map(literal);
  return `create table said (n int, line text);
    insert into said values ${saidLines.map((text, n) => `(${n}, ${literal(text)})`).join(', ')};
    create view columns as select ${columnNames.map((each) => `'{{canary}}' as ${name(each)}`).join(', ')};
    create function fails() returns text language plpgsql as $f$
      begin raise exception using message = ${message}, detail = ${detail}, hint = '{{raw canary}}'; end $f$`;
}

interface Servers {
  readonly ssh: { readonly port: number; readonly publicKeys: readonly string[] };
  readonly database: DatabaseRig;
  readonly url: string;
}

function writeFiles(directory: string, { ssh, database, url }: Servers): void {
  const at = (file: string): string => join(directory, file);
  mkdirSync(at('names'));
  for (const each of fileNames) writeFileSync(join(at('names'), each), '');
  for (const [index, text] of saidLines.slice(0, 20).entries()) symlinkSync(text, at(`link-${index}`));
  const host = [
    `ssh_host: 127.0.0.1, ssh_port: ${ssh.port}, ssh_user: me, ssh_known_hosts_file: ${at('known_hosts')}`,
    `pg_connect: direct, pg_host: 127.0.0.1, pg_port: ${database.port}, pg_user: postgres, pg_database: evil`,
    `state_directory: ${at('target')}`,
  ].join(', ');
  const files = {
    said: `${saidLines.join('\n')}\n`,
    known_hosts: `[127.0.0.1]:${ssh.port} ${ssh.publicKeys[0] ?? ''}\n`,
    'odd.properties': `${reservedNamesToTry.map((each) => `${each} = {{canary}}`).join('\n')}\nlast = 1\n`,
    'all.hbs': '{{#each kept}}{{this}}\n{{/each}}',
    'hosts.yml': `all:\n  hosts:\n    evil: { ${host} }\n  vars: { canary: ${canary} }\n`,
    'site.yml': playbookText(directory, url),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(at(file), text);
}

function playbookText(directory: string, url: string): string {
  return `- name: Hear it all
  hosts: evil
  tasks:
    - { name: output, command: cat ${directory}/said, register: said }
    - { name: errors, shell: "cat ${directory}/said >&2", register: complained }
    - { name: names, shell: "cd ${directory}/names && printf '%s\\\\n' *", register: listed }
    - name: links
      stat: { path: "${directory}/link-{{item}}" }
      loop: [${[...Array(20).keys()].join(', ')}]
    - { name: failure, shell: "cat ${directory}/said; cat ${directory}/said >&2; exit 3", ignore_errors: it is meant to }
    - { name: rows, sql: { query: select line from said order by n }, register: rows }
    - { name: columns, sql: { query: select * from columns }, register: columns }
    - { name: error of SQL, sql: { query: select fails() }, ignore_errors: it is meant to }
    - { name: refusal of rows, sql: { query: select * from columns, expect: [] }, ignore_errors: it is meant to }
    - { name: web server, uri: { url: "${url}/" }, register: answer }
    - { name: keys of a file, properties: { path: ${directory}/odd.properties, set: { last: 2 } } }
    - { name: wrong key, debug: { msg: "{{columns.first.nope}}" }, ignore_errors: it is meant to }
    - { name: some of it, shell: "awk 'NR % 8 == 0' ${directory}/said", register: some }
    - { name: told again, debug: { msg: "{{item}}" }, loop: "{{some.stdout_lines}}" }
    - { name: kept, set_fact: { kept: "{{said.stdout_lines}}", first: "{{columns.first}}", json: "{{answer.json}}" } }
    - { name: to a file, copy: { dest: ${directory}/copied, content: "{{said.stdout}}\\n" } }
    - { name: names to a file, copy: { dest: ${directory}/columns, content: '{{json first}}' } }
    - { name: to a template, template: { src: all.hbs, dest: ${directory}/filled } }
    - { name: to a program, command: "printf '%s\\\\n' {{kept}}", register: echoed }
    - { name: to a shell, shell: "printf '%s\\\\n' {{kept}}", register: shelled }
    - name: to SQL
      sql: { query: "select count(*)::int as n from said where line = any({{kept}})" }
      register: counted
    - name: to conditions
      assert:
        that:
          - said.stdout == echoed.stdout && said.stdout == shelled.stdout && said.stdout == complained.stderr
          - rows.rows.map(each, each.line) == said.stdout_lines
          - counted.first.n == said.stdout_lines.size()
          - kept == said.stdout_lines && inventory_hostname == 'evil' && canary == '${canary}'
          - hostvars.evil.canary == canary && groups.all == ['evil'] && play_hosts == ['evil']
          - first.constructor == '{' + '{canary}}' && first.hostvars == '{' + '{canary}}'
          - json.constructor == '{' + '{canary}}' && answer.headers.constructor == '{' + '{canary}}'
          - said.stdout_lines.filter(each, each.matches('^${canary}$')).size() == 0
`;
}
