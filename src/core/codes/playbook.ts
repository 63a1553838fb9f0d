// What is wrong with the plays, tasks and imports of a playbook.
import type { CodeEntries } from './entry.js';

/** The codes of playbooks. */
export const playbookCodes = {
  'playbook/duplicate-handler': {
    means: 'Two handlers of one play have the same name, so a notification could mean either.',
    help: 'Give one of them another name.',
    example: '    - name: Restart\n      ping:\n    - name: Restart',
  },
  'playbook/gather-facts': {
    means:
      'A play asks for facts, which are never gathered here; `gather_facts: false` says nothing new and is a warning.',
    help: 'Take the line out. Look at a host with a module such as `stat` or `command`, and `register` what it says.',
    example: '  gather_facts: true',
  },
  'playbook/handler-block': {
    means: 'A handler is a block, and handlers are single tasks.',
    help: 'Write a task for each of the steps, and notify them all.',
    example: '    - block: [{ ping: }]',
  },
  'playbook/handler-name': {
    means: 'A handler has no name, or one with a template in it, so that nobody can notify it.',
    help: 'Give it a plain `name`.',
    example: '  handlers:',
  },
  'playbook/import-circle': {
    means: 'A file imports itself, directly or through the files that it imports.',
    help: 'Follow the circle that the hint shows, and take one of its imports out.',
    example: '- import_playbook: circle.yml',
  },
  'playbook/imports-too-deep': {
    means: 'Imports lead from file to file further than anyone follows.',
    help: 'Import from fewer levels; most often a generated name is wrong.',
    example: 'playbook validate deep-0.yml',
  },
  'playbook/loop-not-a-list': {
    means: 'A `loop` was given something else than a list.',
    help: 'Give it a list; one value is `[value]`, the keys of a map are `{{#each}}` or CEL.',
    example: '      loop: "{{ inventory_hostname }}"',
  },
  'playbook/missing-argument': {
    means: 'A module lacks an argument that it cannot do without.',
    help: '`playbook modules NAME` lists the arguments of a module.',
    example: '      service: { nam: dtService }',
  },
  'playbook/missing-key': {
    means: 'A play has no `hosts` or no `tasks`, or a playbook no `plays`.',
    help: 'Add the key that the message names.',
    example: '- name: Stop\n  hosts: all',
  },
  'playbook/no-block': {
    means: '`rescue` or `always` stands without the `block` that it belongs to.',
    help: 'Put the tasks that may fail below `block`.',
    example: '      rescue: [{ ping: }]',
  },
  'playbook/no-loop': {
    means: '`loop_control` stands in a task that does not loop.',
    help: 'Add `loop`, or take it out.',
    example: '      loop_control: { loop_var: each }',
  },
  'playbook/no-module': {
    means: 'A task says when and how, and not what to do.',
    help: 'Add a module, such as `command: ...`; `playbook modules` lists what there is.',
    example: '    - name: No module\n      when: "true"',
  },
  'playbook/no-plays': {
    means: 'A playbook is empty: a run of it would do nothing. This is a warning.',
    help: 'Add a play, or delete the file.',
    example: '[]',
  },
  'playbook/retries-without-until': {
    means: '`retries` or `delay` stands in a task without `until`, where it does nothing.',
    help: 'Say with `until` what must hold, such as `until: result.rc == 0`.',
    example: '      retries: 3',
  },
  'playbook/template-here': {
    means: 'A template stands where the value is needed before any variable is known.',
    help: 'Write the value itself.',
    example: '  tags: ["{{ tag }}"]',
  },
  'playbook/too-many-imports': {
    means: 'One playbook follows more imports than anyone wrote on purpose.',
    help: 'Look for files that import each other several times: each import brings its own imports again.',
    example: 'playbook validate many.yml',
  },
  'playbook/two-modules': {
    means: 'A task names two modules, and runs one.',
    help: 'Make a task of each.',
    example: '      ping:\n      debug: { msg: x }',
  },
  'playbook/unknown-argument': {
    means: 'A module was given an argument that it does not have.',
    help: 'Mend the name; `playbook modules NAME` lists the arguments of a module.',
    example: '      service: { nam: dtService }',
  },
  'playbook/unknown-handler': {
    means: 'A task notifies a handler that its play does not have.',
    help: 'Add the handler to the play, or mend the name.',
    example: '      notify: Restart everything',
  },
  'playbook/unknown-key': {
    means: 'A play, block, task or import has a key that means nothing here.',
    help: 'Mend the name; what a variable is stands below `vars`.',
    example: '  taskss:',
  },
  'playbook/unknown-module': {
    means: 'A task names a module that does not exist.',
    help: 'Mend the name; `playbook modules` lists what there is.',
    example: '      servise: { name: dtService, state: stopped }',
  },
  'playbook/unknown-tag': {
    means: '`--tags` or `--skip-tags` names a tag that no task has.',
    help: 'Mend the name; `playbook list tags PLAYBOOK` lists the tags.',
    example: 'playbook run site.yml -i hosts.yml --tags stopp',
  },
  'playbook/unused-param': {
    means: 'Nothing uses a param, and its name is nearly one that is used.',
    help: 'Mend its name, or take it out.',
    example: 'params:\n  old_prmary: { type: string, default: spa }',
  },
  'playbook/left-out': {
    means: 'A task needs a register or a fact of a task that `--start-at-task`, `--tags` or `--skip-tags` leaves out.',
    help: 'Begin at the task that says it, or before; what is done is found done.',
    example: 'playbook run site.yml -i hosts.yml --start-at-task Tell',
  },
  'playbook/unknown-task': {
    means: '`--start-at-task` names a task that does not exist.',
    help: 'Mend the name; `playbook list tasks PLAYBOOK` lists the tasks.',
    example: "playbook run site.yml -i hosts.yml --start-at-task Pong --limit 'spa:!spa'",
  },
  'playbook/wrong-argument': {
    means: 'An argument of a module has a value of the wrong kind, or one that is not allowed.',
    help: '`playbook modules NAME` says what the argument takes.',
    example: '      service: "{{ arguments }}"',
  },
  'playbook/wrong-value': {
    means: 'A keyword of a play, block, task or import has a value that it cannot have.',
    help: 'Write what the message asks for. `yes` and `no` become `true` and `false` with `playbook validate --fix`.',
    example: '      become: "yes"',
  },
} satisfies CodeEntries;
