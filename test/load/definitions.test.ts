import { expect, test } from 'vitest';
import { definitionsOf } from '../../src/load/definitions.js';
import { parseYaml } from '../../src/load/yaml.js';
import { told } from './words.js';

function definitions(text: string): readonly string[] {
  const node = parseYaml({ path: 'v.yml', text });
  if (!node.ok || node.value.kind !== 'map') throw new Error('not a map');
  const made = definitionsOf(node.value, 'here');
  return made.ok ? made.value.map((each) => `${each.name} by ${each.saidBy}`) : made.problems.map(told);
}

test('each key is a variable, said at its place', () => {
  expect(definitions('a: 1\n_b2: { c-d: 2 }')).toEqual(['a by here', '_b2 by here']);
});

test('names that templates cannot write, or that are taken, and values that do not compile, all at once', () => {
  expect(definitions('a-b: 1\n2a: 1\nhostvars: {}\nrun: "{{x"')).toEqual([
    'variable/bad-name 1:1 `a-b` cannot be the name of a variable | write `a_b`',
    'variable/bad-name 2:1 `2a` cannot be the name of a variable | write `_2a`',
    'variable/reserved-name 3:1 `hostvars` is a name that the runner itself says | choose another name',
    'variable/reserved-name 4:1 `run` is a name that the runner itself says | choose another name',
    'template/syntax 4:7 this template does not end | close it with `}}`',
  ]);
});
