// What an editor says about our files: the real language server, with this project's own editor settings and no network.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';
import { Editor, documentationOf } from '../rigs/yaml-language-server.js';
import type { Offer } from '../rigs/yaml-language-server.js';

const settings = json('.vscode/settings.json');
let editor: Editor;
let opened = 0;

beforeAll(async () => {
  editor = await Editor.start(settings);
});
afterAll(() => editor[Symbol.asyncDispose]());

function json(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(projectRoot, path), 'utf8')) as Readonly<Record<string, unknown>>;
}

/** A path for a text that is on no disk; the directory decides where a modeline leads, and which settings hold. */
function unsaved(directory: string): string {
  opened += 1;
  return join(projectRoot, directory, `unsaved-${opened}.yml`);
}

const modeline = (kind: string, up = '..'): string =>
  `# yaml-language-server: $schema=${up}/schemas/${kind}.schema.json\n`;
const kinds = {
  playbook: { directory: 'playbooks', head: modeline('playbook') },
  tasks: { directory: 'playbooks/tasks', head: modeline('tasks', '../..') },
  inventory: { directory: 'inventories', head: modeline('inventory') },
} as const;
type Kind = keyof typeof kinds;

function problemsIn(kind: Kind, text: string): Promise<readonly string[]> {
  return editor.problems(unsaved(kinds[kind].directory), kinds[kind].head + text);
}

describe.each(Object.entries(kinds))('every file of ours in the place of a %s', (kind, { directory, head }) => {
  const files = readdirSync(join(projectRoot, directory)).filter((name) => /\.ya?ml$/.test(name));

  test.each(files)('%s names its schema first, and has no problems', async (name) => {
    const path = join(projectRoot, directory, name);
    const text = readFileSync(path, 'utf8');
    expect(text.startsWith(head)).toBe(true);
    expect(await editor.problems(path, text)).toEqual([]);
  });

  test('without a first line, the settings of the project find the schema, and no other', async () => {
    const wrongFirstLines: Readonly<Record<Kind, readonly [text: string, sentence: string]>> = {
      playbook: ['- host: all\n', 'a play needs'],
      tasks: ['- servise: {}\n', 'neither a module'],
      inventory: ['all: { host: {} }\n', 'a group takes'],
    };
    const [text, sentence] = wrongFirstLines[kind as Kind];
    const problems = await editor.problems(unsaved(directory), text);
    expect(problems.map((each) => each.slice(0, `1: ${sentence}`.length))).toEqual([`1: ${sentence}`]);
  });
});

const play = (tasks: string): string => `- hosts: all\n  tasks:\n${tasks.replaceAll(/^(?=.)/gm, '    ')}`;
const serviceTakes = '`service` needs `name` and takes `state`, `enabled`, `pattern`, `absent_ok`, `timeout`, `sleep`';

/** Text below the first line, and each problem: its line, and how its sentence starts. A task starts at line 4. */
const wrong: readonly (readonly [kind: Kind, text: string, problems: readonly string[]])[] = [
  ['playbook', play('- servise: { name: x }\n'), ['4: neither a module (`assert`, `browser`']],
  ['playbook', play('- ping:\n  whn: x\n'), ['5: neither a module (`assert`, `browser`']],
  ['playbook', play('- name: x\n'), ['4: this task has no module: say what to do, with one of `assert`']],
  ['playbook', play('- ping:\n  command: x\n'), ['4: a task runs one module, and this one has several']],
  ['playbook', play('- include_tasks: x.yml\n'), ['4: a task has no key `include_tasks`: write `import_tasks`']],
  ['playbook', play('- text\n'), ['4: a task is a map: `name`, the module with its arguments']],
  ['playbook', play('- service:\n    name: x\n    sate: started\n'), [`6: ${serviceTakes}`]],
  ['playbook', play('- service: {}\n'), [`4: ${serviceTakes}`]],
  ['playbook', play('- service: dtService\n'), [`4: ${serviceTakes}`]],
  ['playbook', play('- ansible.builtin.service: {}\n'), [`4: ${serviceTakes}`]],
  [
    'playbook',
    play('- service:\n    name: x\n    state: up\n    enabled: yes\n'),
    [
      '6: `state` of `service` must be one of `started`, `stopped`, `restarted`, `reloaded`, or a template',
      '7: `enabled` of `service` must be `true` or `false`, or a template',
    ],
  ],
  ['playbook', play('- file: { path: /x, mode: 644 }\n'), ['4: `mode` of `file` must be a text that matches']],
  ['playbook', play('- uri: { url: x, timeout: soon }\n'), ['4: `timeout` of `uri` must be a number or a time such']],
  ['playbook', play('- wait_for: { port: 70000 }\n'), ['4: Value is above the maximum of 65535.']],
  ['playbook', play('- assert: { tht: x }\n'), ['4: `assert` needs `that` and']],
  ['playbook', play('- ping:\n  become: yes\n'), ['5: this must be `true`, `false`, or a template']],
  ['playbook', play('- ping:\n  timeout: soon\n'), ['5: a time is a number of seconds, or a text such as']],
  ['playbook', play('- ping:\n  register: a-b\n'), ['5: a name is made of letters, digits and `_`']],
  ['playbook', play('- ping:\n  loop: x\n'), ['5: a loop is over a list, or a template']],
  ['playbook', play('- ping:\n  loop_control: { lable: x }\n'), ['5: `loop_control` takes `loop_var`']],
  ['playbook', play('- block: [{ ping: }]\n  retries: 3\n'), ['5: a block needs `block` and takes `name`']],
  ['playbook', play('- import_tasks: x.yml\n  retries: 3\n'), ['5: an import of tasks takes `name`']],
  ['playbook', '- host: all\n  tasks: []\n', ['2: a play needs `hosts`, `tasks` and takes `name`']],
  ['playbook', '- hosts: all\n  tasks: {}\n', ['3: tasks are a list: start each with `- name: ...`']],
  ['playbook', 'name: x\nplay: []\n', ['2: a playbook needs `plays`', '3: a playbook needs `plays`']],
  ['playbook', 'params: { a: { type: text } }\nplays: []\n', ['2: the type of a param is one of `string`']],
  ['tasks', '- servise: { name: x }\n', ['2: neither a module (`assert`, `browser`']],
  ['tasks', '- hosts: all\n  tasks: []\n', ['2: neither a module', '3: neither a module']],
  ['tasks', 'name: x\n', ['2: tasks are a list: start each with `- name: ...`']],
  ['inventory', 'all:\n  host: {}\n', ['3: a group takes `hosts`, `children`, `vars`']],
  ['inventory', 'all:\n  hosts: [spa]\n', ['3: `hosts` is a map: write each host as `name:`']],
  ['inventory', 'all:\n  vars: { ssh_port: 70000 }\n', ['3: Value is above the maximum of 65535.']],
  ['inventory', 'all:\n  vars: { ansible_port: [22] }\n', ['3: a port is a whole number from 1 to 65535']],
  ['inventory', 'all:\n  vars: { become: [x] }\n', ['3: this must be `true` or `false`']],
  ['inventory', 'all:\n  vars: { a-b: 1 }\n', ['3: the name of a variable is made of letters']],
];

test.each(wrong)('%s %j', async (kind, text, expected) => {
  const problems = await problemsIn(kind, text);
  expect(problems.map((each, at) => each.slice(0, expected[at]?.length ?? Infinity))).toEqual(expected);
});

test.each([
  ['playbook', play('- ansible.builtin.ping:\n- command: echo {{ x }}\n- service: { name: x, state: "{{ s }}" }\n')],
  ['playbook', '- import_playbook: status.yml\n'],
  ['playbook', 'name: x\nparams: { a: { type: integer, default: 1 } }\nplays: [{ hosts: all, tasks: [] }]\n'],
  ['tasks', '- block: [{ ping: }]\n  rescue: [{ debug: hi }]\n'],
  ['inventory', 'all:\n  hosts: { "sp[01:20]": { ansible_host: 10.0.0.1, anything: [1] } }\n  children: { empty: }\n'],
] as const)('%s %j is fine', async (kind, text) => {
  expect(await problemsIn(kind, text)).toEqual([]);
});

async function offersIn(kind: Kind, text: string): Promise<ReadonlyMap<string, Offer>> {
  const offers = await editor.completions(unsaved(kinds[kind].directory), kinds[kind].head + text);
  return new Map(offers.map((each) => [each.label, each]));
}

describe('an editor offers', () => {
  test.each([
    ['the first word of a task', '- ¦\n'],
    ['a later word of a task', '- name: x\n  ¦\n'],
  ])('every module and keyword as %s', async (_where, tasks) => {
    const offers = await offersIn('playbook', play(tasks));
    for (const [name, { summary }] of modules) {
      expect(offers.get(name)?.insertText).toMatch(new RegExp(`^${name}:\\n`));
      expect(documentationOf(offers.get(name) ?? { label: '' })).toContain(summary);
    }
    for (const name of ['when', 'loop', 'register', 'become', 'block', 'import_tasks'])
      expect(offers.get(name)?.insertText).toMatch(new RegExp(`^${name}:`));
    expect([...offers.keys()].filter((name) => name.startsWith('include_') || name.includes('ansible'))).toEqual([]);
  });

  test('the arguments of a module, with their documentation', async () => {
    const offers = await offersIn('playbook', play('- service:\n    ¦\n'));
    const documented = [...offers].map(([label, offer]) => [label, documentationOf(offer)]);
    expect(documented).toContainEqual(['name', 'Name of the service. Required.']);
    expect(documented).toContainEqual(['timeout', 'Seconds until its status must be as wanted. Default: `60`.']);
    const names = ['name', 'state', 'enabled', 'pattern', 'absent_ok', 'timeout', 'sleep'];
    expect([...offers.keys()]).toEqual(expect.arrayContaining(names));
    expect([...offers.keys()]).not.toContain('when');
  });

  test.each([
    ['- service:\n    state: ¦\n', ['started', 'stopped', 'restarted', 'reloaded']],
    ['- service:\n    name: x\n    enabled: ¦\n', ['true', 'false']],
    ['- ping:\n  become: ¦\n', ['true', 'false']],
  ])('the values of %j', async (tasks, values) => {
    const offers = [...(await offersIn('playbook', play(tasks))).keys()];
    // Any value may be an encrypted one.
    expect(offers.filter((each) => !each.startsWith('!vault'))).toEqual(values);
  });

  test.each([
    ['playbook', '¦\n', ['name', 'description', 'params', 'vars', 'plays']],
    ['playbook', '- ¦\n', ['hosts', 'tasks', 'serial', 'handlers', 'import_playbook']],
    ['tasks', '- ¦\n', ['service', 'when', 'block', 'import_tasks']],
    ['inventory', 'all:\n  ¦\n', ['hosts', 'children', 'vars']],
    ['inventory', 'all:\n  vars:\n    ¦\n', ['ssh_host', 'ssh_user', 'become', 'pg_port', 'connection']],
  ] as const)('the words of %s %j', async (kind, text, words) => {
    expect([...(await offersIn(kind, text)).keys()]).toEqual(expect.arrayContaining([...words]));
  });
});

test.each([
  ['playbook', play('- ser¦vice: { name: x }\n'), ['Start, stop, restart and enable services', 'name: dtService']],
  [
    'playbook',
    play('- service: { name: x, sta¦te: started }\n'),
    ['both start a service that is stopped', '`reloaded`'],
  ],
  ['playbook', play('- ping:\n  whe¦n: true\n'), ['A condition (CEL), or a list of which each must hold']],
  ['playbook', '- hos¦ts: all\n  tasks: []\n', ['A pattern of hosts and groups']],
  ['inventory', 'all:\n  vars: { pg_p¦ort: 5432 }\n', ['Port of PostgreSQL; 5432 unless said']],
] as const)('over %s %j an editor explains', async (kind, text, sentences) => {
  const shown = await editor.hover(unsaved(kinds[kind].directory), kinds[kind].head + text);
  for (const sentence of sentences) expect(shown).toContain(sentence);
});

test('the project asks for the extension that does this', () => {
  expect(json('.vscode/extensions.json')['recommendations']).toEqual(['redhat.vscode-yaml']);
  const mapped = Object.keys(settings['yaml.schemas'] as Record<string, unknown>);
  expect(mapped.map((path) => basename(path)).toSorted()).toEqual(readdirSync(join(projectRoot, 'schemas')).toSorted());
});

test('nothing was looked for on the network', async () => {
  expect(editor.complaints).toBe('');
  // The same server with the store of schemas, to see that looking there would have shown.
  await using other = await Editor.start({ 'yaml.schemaStore.enable': true });
  await other.problems(unsaved('playbooks'), '- hosts: all\n');
  expect(other.complaints).toContain('no-network: ');
});
