// Gives the host variables of its own, computed once and kept until the end of the run.
import { Type } from '@sinclair/typebox';
import { defineModule } from '../core/module.js';
import type { Value, ValueMap } from '../core/value.js';

/** Names that are known everywhere and cannot be said again; `cacheable` is Ansible's option, and facts are not kept here. */
const taken = [
  'cacheable',
  'inventory_hostname',
  'groups',
  'group_names',
  'hostvars',
  'play_hosts',
  'playbook_dir',
  'inventory_dir',
  'run',
  'reachable',
];

const args = Type.Unsafe<ValueMap>({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  patternProperties: {
    [`^(?!(?:${taken.join('|')})$)[A-Za-z_][A-Za-z0-9_]*$`]: { description: 'A variable and its value.' },
  },
});

/** Sets variables of the host. */
export const setFact = defineModule<ValueMap, ValueMap>({
  name: 'set_fact',
  summary: 'Set variables of the host, for all tasks that follow',
  description:
    'Each argument is a variable. A string that is one `{{ expression }}` keeps the type of its value. What `-e` says stays stronger. Names that are known everywhere, such as `groups`, cannot be set, and there is no `cacheable`: facts end with the run.',
  args,
  examples: [`- set_fact:\n    master: "{{ inventory_hostname }}"\n    bits: 192`],
  offline: true,
  inspect: async (bound) => ({ ...bound }),
  want: () => ({}),
  facts: (bound): Record<string, Value> => ({ ...bound }),
});
