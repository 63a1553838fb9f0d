// The words of the language, each said once: what may stand there, and what it means. The reader of playbooks and
// the JSON Schema that editors use both come from these tables, so that neither can know a word that the other does not.

/** What a keyword takes. */
export type Kind =
  | 'text'
  | 'name'
  | 'flag'
  | 'only-true'
  | 'templated-flag'
  | 'templated-text'
  | 'conditions'
  | 'duration'
  | 'count'
  | 'positive'
  | 'percentage'
  | 'serial'
  | 'words'
  | 'templated-words'
  | 'files'
  | 'hosts'
  | 'tolerance'
  | 'variables'
  | 'environment'
  | 'become-method'
  | 'loop'
  | 'loop-control'
  | 'params'
  | 'param-type'
  | 'values'
  | 'value'
  | 'plays'
  | 'steps'
  | 'handlers';

/** One keyword. */
export interface Keyword {
  readonly kind: Kind;
  readonly description: string;
  /** What holds when it is not said. */
  readonly default?: unknown;
  /** How it is used, for an editor to offer. */
  readonly examples?: readonly unknown[];
}

/** Keywords by name, in the order in which documentation lists them. */
export type Keywords = Readonly<Record<string, Keyword>>;

/** What a play, a block, an import and a task may all say; what is inside inherits it. */
const inherited = {
  become: { kind: 'templated-flag', description: 'Run as another user, by sudo.' },
  become_user: {
    kind: 'templated-text',
    description: 'The user to become; root unless said.',
    examples: ['root', 'postgres'],
  },
  become_method: { kind: 'become-method', description: 'How to become another user: `sudo`.', default: 'sudo' },
  environment: { kind: 'environment', description: 'Environment variables of commands.', examples: [{ LC_ALL: 'C' }] },
  tags: {
    kind: 'words',
    description: 'Names for `--tags` and `--skip-tags`; added to those said further out.',
    examples: ['check', ['check', 'database']],
  },
  timeout: {
    kind: 'duration',
    description: 'Deadline of a task on a host: seconds, or such as `5m`.',
    examples: [30, '5m'],
  },
  ignore_errors: {
    kind: 'tolerance',
    description: 'Go on after a failure: `true` or, better, the reason. Never hides an outcome that is in doubt.',
    examples: ['it may be gone already'],
  },
  ignore_unreachable: {
    kind: 'tolerance',
    description: 'Go on without a host that cannot be reached: `true` or, better, the reason.',
    examples: ['it is switched off'],
  },
} as const satisfies Keywords;

/** What a block, an import and a task may say. */
const conditional = {
  name: { kind: 'templated-text', description: 'What it does, in words for the person who watches.' },
  when: {
    kind: 'conditions',
    description: 'A condition (CEL), or a list of which each must hold.',
    examples: ["reachable == 'db'", ['promoted == false', 'inventory_hostname == new_primary']],
  },
  vars: { kind: 'variables', description: 'Variables for what is inside.' },
  delegate_to: {
    kind: 'templated-text',
    description: 'The inventory name of the host to do it on instead.',
    examples: ['{{new_primary}}'],
  },
  run_once: { kind: 'flag', description: 'Do it on the first host only, for all.', default: false },
  throttle: { kind: 'positive', description: 'How many hosts at once at most.', examples: [1] },
  no_log: { kind: 'flag', description: 'Show neither arguments nor results.', default: false },
  check_mode: { kind: 'only-true', description: '`true`: only look and say what would change, in every run.' },
  ...inherited,
} as const satisfies Keywords;

const plainName = { kind: 'text', description: 'What it is for, in words for the person who watches.' } as const;

const looped = {
  loop: { kind: 'loop', description: 'A list; once for each, as `item`.', examples: ['{{services}}', ['a', 'b']] },
  loop_control: {
    kind: 'loop-control',
    description: 'How a loop names and shows its items.',
    examples: [{ loop_var: 'service' }],
  },
} as const satisfies Keywords;

/** The head of a playbook file that is a map. */
export const playbookKeywords = {
  name: { kind: 'text', description: 'Title of the playbook.' },
  description: { kind: 'text', description: 'What it is for, and when not to use it.' },
  params: { kind: 'params', description: 'Typed inputs, given with `-e` and checked before anything is touched.' },
  vars: { kind: 'variables', description: 'Variables of every play.' },
  plays: { kind: 'plays', description: 'The plays, in order.' },
} as const satisfies Keywords;

/** One input of a playbook. */
export const paramKeywords = {
  type: {
    kind: 'param-type',
    description: 'What the value must be; a string unless said. `host` is the inventory name of a host.',
    default: 'string',
  },
  description: { kind: 'text', description: 'What it is, for the person who must give it.' },
  group: {
    kind: 'templated-text',
    description: 'For `type: host`: the group of which the host must be. Other params may stand in it: `org_{{org}}`.',
    examples: ['service_providers', 'org_{{org}}'],
  },
  enum: { kind: 'values', description: 'The values that are allowed.', examples: [['auto', 'dead']] },
  default: { kind: 'value', description: 'The value when none is given.' },
  required: {
    kind: 'flag',
    description:
      'True when a value must be given; so it is unless there is a default. `false` without a default is for `type: host`: the inventory says which, and `-e` may say another.',
  },
  secret: { kind: 'flag', description: 'True for a value that must never be shown.', default: false },
} as const satisfies Keywords;

/** A play. */
export const playKeywords = {
  name: { kind: 'text', description: 'What the play achieves.' },
  hosts: {
    kind: 'hosts',
    description:
      'A pattern of hosts and groups: `a:b`, `a:&b`, `a:!b`, `*`, `~regex`, `group[0]`. Params may stand in it: `org_{{org}}`.',
    examples: ['all', 'service_providers', 'all:!spa', 'org_{{org}}'],
  },
  vars: { kind: 'variables', description: 'Variables of the play.' },
  vars_files: {
    kind: 'files',
    description: 'YAML files of variables, relative to this file.',
    examples: ['vars/site.yml'],
  },
  serial: {
    kind: 'serial',
    description: 'Hosts in batches: a number, a percentage such as `30%`, or a list of these.',
    examples: [1, '30%', [1, '50%']],
  },
  max_fail_percentage: {
    kind: 'percentage',
    description: 'Stop when more than this share of the hosts failed.',
    examples: [25],
  },
  any_errors_fatal: {
    kind: 'flag',
    description: 'Stop on all hosts when one fails. True unless said otherwise, or `max_fail_percentage` is said.',
    default: true,
  },
  gather_facts: {
    kind: 'flag',
    description: 'Accepted as `false` for the sake of Ansible; nothing is ever gathered.',
    default: false,
  },
  ...inherited,
  tasks: { kind: 'steps', description: 'Tasks and blocks, in order.' },
  handlers: { kind: 'handlers', description: 'Tasks that run once at the end of the play when they were notified.' },
} as const satisfies Keywords;

/** A task, beside its one module. */
export const taskKeywords = {
  ...conditional,
  ...looped,
  register: { kind: 'name', description: 'Name of the variable that keeps the result.', examples: ['result'] },
  until: { kind: 'conditions', description: 'Try again until this holds.', examples: ['result.rc == 0'] },
  retries: { kind: 'count', description: 'How often to try again with `until`; 3 unless said.', default: 3 },
  delay: { kind: 'duration', description: 'Pause between tries; 5 seconds unless said.', default: 5 },
  changed_when: {
    kind: 'conditions',
    description: 'When the task counts as changed.',
    examples: [false, 'result.rc == 2'],
  },
  failed_when: { kind: 'conditions', description: 'When the task counts as failed.', examples: ['result.rc > 1'] },
  point_of_no_return: {
    kind: 'flag',
    description:
      'All before it must be well on every host, and a person must agree, before it begins; after it a run only goes forward.',
    default: false,
  },
  notify: {
    kind: 'templated-words',
    description: 'Handlers to run at the end of the play if this changed something.',
    examples: ['restart the service'],
  },
} as const satisfies Keywords;

/** A block. */
export const blockKeywords = {
  ...conditional,
  name: plainName,
  ...looped,
  block: { kind: 'steps', description: 'Tasks that are tried together.' },
  rescue: { kind: 'steps', description: 'Tasks for a host on which the block failed or that was lost.' },
  always: { kind: 'steps', description: 'Tasks that run in the end in any case.' },
} as const satisfies Keywords;

/** An import of tasks; what it says holds for every task of the file. */
export const importTasksKeywords = {
  ...conditional,
  name: plainName,
  import_tasks: {
    kind: 'text',
    description: 'A file of tasks, relative to this file; read before the run.',
    examples: ['tasks/stop-services.yml'],
  },
} as const satisfies Keywords;

/** An import of a playbook, in the place of a play. */
export const importPlaybookKeywords = {
  name: { kind: 'text', description: 'What the imported playbook is for here.' },
  import_playbook: {
    kind: 'text',
    description: 'A playbook, relative to this file; read before the run.',
    examples: ['status.yml'],
  },
  vars: { kind: 'variables', description: 'Variables for all its plays; they stand for its params too.' },
  when: { kind: 'conditions', description: 'A condition (CEL) for all its tasks.' },
  tags: { kind: 'words', description: 'Tags for all its tasks.' },
} as const satisfies Keywords;

/** How a loop names and shows its items. */
export const loopControlKeywords = {
  loop_var: { kind: 'name', description: 'Name of the item variable; `item` unless said.', default: 'item' },
  index_var: { kind: 'name', description: 'Name of a variable that counts from 0.', examples: ['index'] },
  label: { kind: 'templated-text', description: 'What the output shows for an item.', examples: ['{{item.name}}'] },
  pause: { kind: 'duration', description: 'Pause between items.', default: 0, examples: [5, '30s'] },
} as const satisfies Keywords;

/** The types of `params`. */
export const paramTypes = ['string', 'integer', 'number', 'boolean', 'list', 'map', 'host'] as const;
