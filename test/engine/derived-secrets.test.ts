// What a playbook makes of a secret is a secret too, on whatever road it comes to the output.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

const secret = 'Pa55/w"ord';
const encoded = Buffer.from(secret).toString('base64');

/** What the events of a run tell, as text. */
async function told(tasks: string, known = secret): Promise<string> {
  const world = new FakeWorld();
  world.redactor.add(known);
  const ended = await world.run(play(tasks));
  expect(ended.events.map((event) => event.type)).toContain('task.finished');
  return JSON.stringify(world.redactor.data(JSON.parse(JSON.stringify(ended.events))));
}

const vars = `vars: { pw: '${secret}', list: ['${secret}', two] }`;

test.each([
  ['upper', '{{upper pw}}', 'PA55/W'],
  ['lower', '{{lower pw}}', 'pa55/w'],
  ['basename', '{{basename pw}}', 'w"ord'.slice(2)],
  ['basename of a path with it', '{{basename (join list "/x/")}}{{basename pw}}', '"ord'],
  ['b64encode', '{{b64encode pw}}', encoded.slice(0, 6)],
  ['b64encode of more', '{{b64encode (join list ":")}}', Buffer.from(`${secret}:two`).toString('base64').slice(4, 9)],
  ['upper of b64encode', '{{upper (b64encode pw)}}', encoded.toUpperCase().slice(0, 6)],
  ['json', '{{json list}}', '55/w'],
  ['json of json', '{{json (json list)}}', '55/w'],
  ['json of json of json', '{{json (json (json pw))}}', '55/w'],
  ['pad', '<{{pad pw 20}}>', '55/w'],
  ['an item of a loop in a template', '{{#each list}}{{upper this}},{{/each}}', 'PA55/W'],
  ['a word with it', 'x-{{upper pw}}-y', 'PA55/W'],
  ['default', '{{upper (default pw "none")}}', 'PA55/W'],
])('%s', async (_, template, part) => {
  const tasks = `- debug: { msg: '${template}' }\n  ${vars}`;
  expect(await told(tasks, 'never-said-by-anybody')).toContain(JSON.stringify(part).slice(1, -1));
  expect(await told(tasks)).not.toContain(JSON.stringify(part).slice(1, -1));
});

test('decoded base64, which nobody knew before', async () => {
  const tasks = `- debug: { msg: '{{b64decode pw}} {{upper (b64decode pw)}}' }\n  vars: { pw: ${encoded} }`;
  const shown = await told(tasks, encoded);
  expect(shown).not.toMatch(/55\/w|55\/W/);
});

test('through facts, registers, loops and other variables', async () => {
  const shown = await told(`
- set_fact: { shout: '{{upper pw}}', decoded: '{{b64decode sealed}}' }
  ${vars.replace(' }', `, sealed: ${Buffer.from('canary-decoded').toString('base64')} }`)}
- debug: { msg: '{{shout}} {{b64encode shout}}' }
  register: said
- debug: { msg: '{{said.msg}} {{lower item}}' }
  loop: ['{{shout}}', '{{basename shout}}']
- assert: { that: shout == 'other' }
  ignore_errors: true
`);
  expect(shown).toContain('********');
  expect(shown).not.toMatch(/55\/W|55\/w|W\\+"ORD|NTUv/);
});
