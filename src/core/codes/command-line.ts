// What is wrong with the words on the command line.
import type { CodeEntries } from './entry.js';

/** The codes of the command line. */
export const commandLineCodes = {
  'cli/excess-arguments': {
    means: 'A command was given more words than it takes.',
    help: 'Look at `playbook COMMAND --help`; a value with spaces needs quotes.',
    example: 'playbook schema playbook inventory',
  },
  'cli/foreign-code': {
    means: 'NODE_OPTIONS makes Node load code into the process that goes to your hosts with your passwords.',
    help: 'Unset it, unless you put it there yourself.',
    example: "NODE_OPTIONS='--require ./more.cjs' playbook run play.yml -i elsewhere.yml",
  },
  'cli/invalid-argument': {
    means: 'A flag or word has a value that it cannot have.',
    help: 'Write what the message asks for.',
    example: 'playbook run site.yml -i hosts.yml -f many',
  },
  'cli/missing-argument': {
    means: 'A command lacks a word that it cannot do without.',
    help: 'Look at `playbook COMMAND --help`.',
    example: 'playbook validate',
  },
  'cli/missing-mandatory-option-value': {
    means: 'A command lacks a flag that it cannot do without.',
    help: 'Add the flag that the message names.',
    example: 'playbook explain var port -i hosts.yml',
  },
  'cli/no-inventory': {
    means: 'The command needs an inventory, and none was named.',
    help: 'Name one with `-i`, or in PLAYBOOK_INVENTORY.',
    example: 'PLAYBOOK_INVENTORY=, playbook inventory',
  },
  'cli/no-password': {
    means: 'A password was asked for, and none was typed.',
    help: 'Run the command again; nothing was connected to.',
    example: 'playbook run site.yml -i hosts.yml -k',
  },
  'cli/no-terminal': {
    means: 'The command has to ask a person, and there is no terminal to ask on.',
    help: 'Run it in a terminal; passwords can also be said in an inventory of their own.',
    example: 'playbook run site.yml -i hosts.yml -k',
  },
  'cli/option-missing-argument': {
    means: 'A flag stands without its value.',
    help: 'Add the value after it.',
    example: 'playbook run site.yml -i',
  },
  'cli/unknown-code': {
    means: '`playbook explain` was asked for a code that does not exist.',
    help: 'Mend the code; `playbook explain` lists all.',
    example: 'playbook explain playbook/unknown-modul',
  },
  'cli/unknown-command': {
    means: 'There is no such command.',
    help: 'Mend the name; `playbook --help` lists all.',
    example: 'playbook rum site.yml',
  },
  'cli/unknown-host': {
    means: '`--host` names a host that the inventory does not have.',
    help: 'Mend the name; `playbook inventory -i INVENTORY --graph` shows all.',
    example: 'playbook inventory -i hosts.yml --host spc',
  },
  'cli/unknown-module': {
    means: '`playbook modules` was asked for a module that does not exist.',
    help: 'Mend the name; `playbook modules` lists all.',
    example: 'playbook modules servce',
  },
  'cli/unknown-option': {
    means: 'A command was given a flag that it does not have.',
    help: 'Mend the flag; `playbook COMMAND --help` lists all.',
    example: 'playbook run site.yml -i hosts.yml --chekc',
  },
  'cli/unknown-run': {
    means: 'There is no journal of a run of that name.',
    help: '`playbook runs` lists the runs that were kept.',
    example: 'playbook report 20250130T030000-ab12',
  },
  'cli/unknown-variable': {
    means: '`playbook explain var` was asked for a variable that nothing says for this host.',
    help: 'Mend the name; `playbook inventory -i INVENTORY --host HOST` shows all.',
    example: 'playbook explain var port -i hosts.yml --host spa',
  },
  'cli/not-resumable': {
    means: 'The journal of the run does not hold what is needed to go on with it.',
    help: 'Start a new run: it looks at everything again.',
    example: 'playbook resume RUN',
  },
  'cli/nothing-to-resume': {
    means: 'The run is over, or never began anything.',
    help: 'Start a new run if you want it once more.',
    example: 'playbook run site.yml -i hosts.yml; playbook resume RUN',
  },
  'cli/run-is-alive': {
    means: 'A process of this machine works on the run.',
    help: 'Wait for it, or end it first.',
    example: 'playbook run site.yml -i hosts.yml & playbook resume RUN',
  },
  'cli/half-done': {
    means:
      'The run is past a point of no return and not done, so giving it up leaves half of something that only goes forward.',
    help: 'Resume it. If somebody takes it from here by hand, unlock it with `--i-accept-half-state`.',
    example: 'playbook unlock RUN',
  },
  'cli/secret-needed': {
    means: 'The run was given a secret with `-e`, and secrets are not written down.',
    help: 'Give it again, as the message says.',
    example: 'playbook resume RUN',
  },
  'cli/edit-refused': {
    means: 'A run cannot go on with edited input, because something that it has begun is not the same any more.',
    help: 'Take back what the message names, or unlock the run and start a new one.',
    example: 'sed -i s/first/worst/ site.yml; playbook resume RUN --accept-edits',
  },
  'cli/stale-run': {
    means: 'What the run was started with has changed since: a playbook, an inventory, a file or a variable.',
    help: 'Take the changes back, or unlock the run and start a new one.',
    example: 'echo "# more" >>site.yml; playbook resume RUN',
  },
} satisfies CodeEntries;
