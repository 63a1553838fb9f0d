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
}

/** Keywords by name, in the order in which documentation lists them. */
export type Keywords = Readonly<Record<string, Keyword>>;

/** What a play, a block, an import and a task may all say; what is inside inherits it. */
const inherited = {
  become: { kind: 'templated-flag', description: 'Run as another user, by sudo.' },
  become_user: { kind: 'templated-text', description: 'The user to become; root unless said.' },
  become_method: { kind: 'become-method', description: 'How to become another user: `sudo`.' },
  environment: { kind: 'environment', description: 'Environment variables of commands.' },
  tags: { kind: 'words', description: 'Names for `--tags` and `--skip-tags`; added to those said further out.' },
  timeout: { kind: 'duration', description: 'Deadline of a task on a host: seconds, or such as `5m`.' },
  ignore_errors: {
    kind: 'tolerance',
    description: 'Go on after a failure: `true` or, better, the reason. Never hides an outcome that is in doubt.',
  },
  ignore_unreachable: {
    kind: 'tolerance',
    description: 'Go on without a host that cannot be reached: `true` or, better, the reason.',
  },
} as const satisfies Keywords;

/** What a block, an import and a task may say. */
const conditional = {
  name: { kind: 'templated-text', description: 'What it does, in words for the person who watches.' },
  when: { kind: 'conditions', description: 'A condition (CEL), or a list of which each must hold.' },
  vars: { kind: 'variables', description: 'Variables for what is inside.' },
  delegate_to: { kind: 'templated-text', description: 'The inventory name of the host to do it on instead.' },
  run_once: { kind: 'flag', description: 'Do it on the first host only, for all.' },
  throttle: { kind: 'positive', description: 'How many hosts at once at most.' },
  no_log: { kind: 'flag', description: 'Show neither arguments nor results.' },
  check_mode: { kind: 'only-true', description: '`true`: only look and say what would change, in every run.' },
  ...inherited,
} as const satisfies Keywords;

const plainName = { kind: 'text', description: 'What it is for, in words for the person who watches.' } as const;

const looped = {
  loop: { kind: 'loop', description: 'A list; once for each, as `item`.' },
  loop_control: { kind: 'loop-control', description: 'How a loop names and shows its items.' },
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
  type: { kind: 'param-type', description: 'What the value must be; a string unless said.' },
  description: { kind: 'text', description: 'What it is, for the person who must give it.' },
  enum: { kind: 'values', description: 'The values that are allowed.' },
  default: { kind: 'value', description: 'The value when none is given.' },
  required: { kind: 'flag', description: 'True when a value must be given; so it is unless there is a default.' },
  secret: { kind: 'flag', description: 'True for a value that must never be shown.' },
} as const satisfies Keywords;

/** A play. */
export const playKeywords = {
  name: { kind: 'text', description: 'What the play achieves.' },
  hosts: {
    kind: 'hosts',
    description:
      'A pattern of hosts and groups: `a:b`, `a:&b`, `a:!b`, `*`, `~regex`, `group[0]`. Params may stand in it: `org_{{org}}`.',
  },
  vars: { kind: 'variables', description: 'Variables of the play.' },
  vars_files: { kind: 'files', description: 'YAML files of variables, relative to this file.' },
  serial: {
    kind: 'serial',
    description: 'Hosts in batches: a number, a percentage such as `30%`, or a list of these.',
  },
  max_fail_percentage: { kind: 'percentage', description: 'Stop when more than this share of the hosts failed.' },
  any_errors_fatal: {
    kind: 'flag',
    description: 'Stop on all hosts when one fails. True unless said otherwise, or `max_fail_percentage` is said.',
  },
  gather_facts: { kind: 'flag', description: 'Accepted as `false` for the sake of Ansible; nothing is ever gathered.' },
  ...inherited,
  tasks: { kind: 'steps', description: 'Tasks and blocks, in order.' },
  handlers: { kind: 'handlers', description: 'Tasks that run once at the end of the play when they were notified.' },
} as const satisfies Keywords;

/** A task, beside its one module. */
export const taskKeywords = {
  ...conditional,
  ...looped,
  register: { kind: 'name', description: 'Name of the variable that keeps the result.' },
  until: { kind: 'conditions', description: 'Try again until this holds.' },
  retries: { kind: 'count', description: 'How often to try again with `until`; 3 unless said.' },
  delay: { kind: 'duration', description: 'Pause between tries; 5 seconds unless said.' },
  changed_when: { kind: 'conditions', description: 'When the task counts as changed.' },
  failed_when: { kind: 'conditions', description: 'When the task counts as failed.' },
  notify: { kind: 'templated-words', description: 'Handlers to run at the end of the play if this changed something.' },
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
  import_tasks: { kind: 'text', description: 'A file of tasks, relative to this file; read before the run.' },
} as const satisfies Keywords;

/** An import of a playbook, in the place of a play. */
export const importPlaybookKeywords = {
  name: { kind: 'text', description: 'What the imported playbook is for here.' },
  import_playbook: { kind: 'text', description: 'A playbook, relative to this file; read before the run.' },
  vars: { kind: 'variables', description: 'Variables for all its plays; they stand for its params too.' },
  when: { kind: 'conditions', description: 'A condition (CEL) for all its tasks.' },
  tags: { kind: 'words', description: 'Tags for all its tasks.' },
} as const satisfies Keywords;

/** How a loop names and shows its items. */
export const loopControlKeywords = {
  loop_var: { kind: 'name', description: 'Name of the item variable; `item` unless said.' },
  index_var: { kind: 'name', description: 'Name of a variable that counts from 0.' },
  label: { kind: 'templated-text', description: 'What the output shows for an item.' },
  pause: { kind: 'duration', description: 'Pause between items.' },
} as const satisfies Keywords;

/** The types of `params`. */
export const paramTypes = ['string', 'integer', 'number', 'boolean', 'list', 'map'] as const;
