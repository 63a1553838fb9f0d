// A site whose every secret is a canary: an inventory with one from every source that there is, hosts that are reached in
// different ways, and a playbook that hands the canaries to everything that can fail.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { seal } from '../../src/load/vault/format.js';
import { encodings } from './canaries.js';
import type { Canary } from './canaries.js';
import { armoredAge, sealSops } from './sealed.js';
import type { AgeKeys } from './sealed.js';

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
  in_path_token: 'inventory; it is a part of names of files, which the words of programs on a host have to say',
} as const;

/** Their names. */
export const canaryVariables: readonly string[] = Object.keys(variables);

/** Where the vault password, the canary of no variable, comes from. */
export const vaultPassword = 'the password of the vault';

/** What a site is made of. */
export interface CanarySite {
  readonly home: string;
  /** The directory of the hosts. */
  readonly remote: string;
  readonly canaries: readonly Canary[];
  readonly keys: AgeKeys;
  readonly ssh: { readonly port: number; readonly publicKeys: readonly string[] };
  readonly pgPort: number;
}

/** Writes it: `site.yml`, what breaks in other ways, and `inventory/hosts.yml`. */
export function writeCanarySite({ home, remote, canaries, keys, ssh: { port, publicKeys }, pgPort }: CanarySite): void {
  const secretOf = (name: string): string => canaries.find(({ source }) => source === name)?.secret ?? '';
  const file = (name: string, content: string, mode = 0o600): void => {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), content, { mode });
  };
  // What a host says back: every canary, in every spelling.
  const spoken = canaries.flatMap(({ secret }) => Object.values(encodings).map((write) => write(secret))).join('\n');
  file('known_hosts', `[127.0.0.1]:${port} ${publicKeys[0]}\n`);
  file('spoken.txt', `${spoken}\n`);
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
    in_path_token: ${JSON.stringify(secretOf('in_path_token'))}
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
  file('templates/page.txt', `${canaryVariables.map((name) => `${name}={{${name}}}`).join('\n')}\n`);
  file('files/work.sh', '#!/bin/sh\ncat "$1"; exit 3\n');
  const params = { from_extra: { type: 'string', secret: true } };
  const plays = [
    { name: 'Everything that can fail', hosts: 'all', any_errors_fatal: false, tasks: tasksOf(home, remote) },
  ];
  file('site.yml', stringify({ name: 'Canaries', params, plays }, { lineWidth: 0 }));
  file('broken.yml', `${stringify([{ hosts: 'all', tasks: [{ debug: { msg: `{{api_token}} {{nope}}` } }] }])}  x: [`);
  const waits = `echo {{from_sops}} {{from_extra}}; touch ${remote}/waits; sleep 5; true`;
  const question = { title: 'is it {{from_sops}}?', answer: 'it is {{from_vault}}' };
  file('asked.yml', stringify({ params, plays: [{ hosts: 'here', tasks: [{ confirm: question }] }] }));
  file('killed.yml', stringify({ params, plays: [{ hosts: 'here', tasks: [{ shell: waits }] }] }));
}

/** Tasks that hand canaries to everything, and are answered with them. */
function tasksOf(home: string, remote: string): readonly object[] {
  const all = canaryVariables.map((name) => `{{${name}}}`).join(' ');
  const made = canaryVariables
    .map((name) => `{{upper ${name}}} {{lower ${name}}} {{b64encode ${name}}} {{b64encode (join words.${name} ":")}}`)
    .join(' ');
  const onFar = { when: 'inventory_hostname == "far"' };
  const tolerant = { ignore_errors: 'it is meant to fail' };
  return [
    { name: `Named ${all}`, ping: {} },
    { debug: { msg: all } },
    {
      debug: { msg: '{{json words}}' },
      vars: { words: Object.fromEntries(canaryVariables.map((name) => [name, `{{${name}}}`])) },
    },
    {
      debug: { msg: made },
      vars: { words: Object.fromEntries(canaryVariables.map((name) => [name, ['u', `{{${name}}}`]])) },
    },
    { debug: { msg: '{{item}}' }, loop: canaryVariables.map((name) => `{{${name}}}`) },
    { shell: `cat ${home}/spoken.txt; cat ${home}/spoken.txt >&2; exit 4`, register: 'said', ...tolerant },
    { debug: { msg: '{{said.stdout}} {{said.stderr}} {{json said}}' } },
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
    { template: { src: 'page.txt', dest: `${remote}/missing/{{in_path_token}}/page` }, ...tolerant },
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
    { stat: { path: `${remote}/{{in_path_token}}` } },
    { file: { path: `${remote}/no/{{in_path_token}}`, state: 'directory' }, ...tolerant },
    {
      sql: { query: `select ${canaryVariables.map((name) => `{{${name}}}::text as ${name}`).join(', ')}` },
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
    { wait_for: { path: `${remote}/{{in_path_token}}`, timeout: 0 }, ...tolerant },
    { command: `test -e ${home}/go-{{in_path_token}}`, until: 'false', retries: 1, delay: 0, ...tolerant },
    {
      confirm: { title: `is it ${all}?`, text: '{{said.stdout}}', steps: [all], answer: 'it is so' },
      when: 'inventory_hostname == "here"',
      ...tolerant,
    },
    { fail: { msg: all } },
  ];
}
