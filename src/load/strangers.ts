// Words that people who know Ansible will write and that mean something else here, or nothing:
// each gets an answer that says what to write instead.
import { didYouMean } from '../core/words.js';
import { blockKeywords, playbookKeywords, playKeywords, taskKeywords } from './keywords.js';
import type { Keywords } from './keywords.js';

const lookAtHosts = 'look at the host with a module such as `stat` or `command`, and `register` what it says';
const roles = 'there are no roles; share tasks with `import_tasks`';
const inventory = 'say it in the inventory';

/** Each of these words, and what to write instead. */
export const strangers: Readonly<Record<string, string>> = {
  action: 'write the module itself as the key: `command: ...`',
  local_action: 'write the module as the key, and `delegate_to: localhost`',
  args: "write the arguments below the module's key",
  include: 'write `import_tasks`',
  include_tasks: 'write `import_tasks`: what is imported is checked before the run',
  include_vars: 'write `vars_files` in the play',
  include_role: roles,
  import_role: roles,
  roles,
  pre_tasks: 'write them first in `tasks`',
  post_tasks: 'write them last in `tasks`',
  setup: lookAtHosts,
  gather_subset: lookAtHosts,
  vars_prompt: 'declare it in `params` and give it with `-e`, or ask with the module `confirm`',
  async: 'use `timeout` for long work, and `wait_for` or `until` to wait',
  poll: 'use `timeout` for long work, and `wait_for` or `until` to wait',
  listen: 'notify the handler by its name',
  connection: inventory,
  remote_user: `${inventory} as \`ssh_user\``,
  port: `${inventory} as \`ssh_port\``,
  become_flags: 'only plain sudo is used',
  become_exe: 'only plain sudo is used',
  sudo: 'write `become: true`',
  sudo_user: 'write `become_user`',
  module_defaults: 'say the arguments in each task, or use a YAML anchor',
  collections: 'modules are known by their plain names',
  strategy: 'tasks always run in order over all hosts; use `serial` for batches',
  force_handlers: 'notified handlers always run, after a failure too',
  debugger: 'use `--step`',
  diff: 'use `--diff` on the command line',
  meta: 'handlers run at the end of the play; use `fail` or `when` to stop',
  changed: 'write `changed_when`',
  with: 'write `loop`',
};

/** What to write instead of a word of Ansible's that is not known here. */
export function hintForStranger(key: string): string | undefined {
  if (key.startsWith('with_')) return 'write `loop` with a list';
  return Object.hasOwn(strangers, key) ? strangers[key] : undefined;
}

/** What to write instead of a key that is not known here: the answer for a stranger, else the nearest word. */
export function hintForKey(key: string, known: Keywords, more: Iterable<string> = []): string | undefined {
  return hintForStranger(key) ?? didYouMean(key, [...Object.keys(known), ...more]) ?? elsewhere(key);
}

const owners: readonly (readonly [string, Keywords])[] = [
  ['a play', playKeywords],
  ['a task', taskKeywords],
  ['a block', blockKeywords],
  ['the head of a playbook', playbookKeywords],
];

/** Where a key belongs that stands in the wrong place, or that it belongs nowhere. */
function elsewhere(key: string): string {
  const owner = owners.find(([, keywords]) => Object.hasOwn(keywords, key))?.[0];
  return owner === undefined ? 'take it out; nothing here has a name like this' : `it is a key of ${owner}`;
}
