// What is wrong with inventories, with patterns over them, and with how a host is reached.
import type { CodeEntries } from './entry.js';

/** The codes of inventories and hosts. */
export const inventoryCodes = {
  'inventory/bad-group-name': {
    means: 'A group has a name that patterns and templates could not write.',
    help: 'Use letters, digits, `_`, `-` and `.`.',
    example: 'sp providers: { hosts: { spa: } }',
  },
  'inventory/bad-host-name': {
    means: 'A host has a name with spaces or with signs that mean something in patterns.',
    help: 'Choose a plain name, and say the address with `ssh_host`.',
    example: "all: { hosts: { 'sp a': } }",
  },
  'inventory/bad-priority': {
    means: '`ansible_group_priority` is no number.',
    help: 'Write a whole number; of two groups of one depth the larger wins.',
    example: 'all: { vars: { ansible_group_priority: high } }',
  },
  'inventory/bad-range': {
    means: 'A range of hosts in brackets makes no sense.',
    help: 'Write `sp[01:20]` in an inventory, and `group[0]` or `group[1:3]` in a pattern.',
    example: "all: { hosts: { 'sp[9:1]': } }",
  },
  'inventory/bad-regex': {
    means: 'A pattern that starts with `~` is no regular expression, or one that takes too long.',
    help: 'Mend the expression, or name the hosts.',
    example: '- { name: No regular expression, hosts: "~sp(", tasks: [{ name: Ping, ping: }] }',
  },
  'inventory/circle': {
    means: 'A group is below itself.',
    help: 'Follow the circle that the hint shows, and take one of its `children` out.',
    example: 'a: { children: { b: } }\nb: { children: { a: } }',
  },
  'inventory/empty-match': {
    means: 'A pattern, or `--limit`, leaves no host: the play would do nothing, and look as if it had.',
    help: 'Mend the pattern; `playbook list hosts PLAYBOOK -i INVENTORY` shows whom it means.',
    example: '- { name: Nobody, hosts: "spa:!spa", tasks: [{ name: Ping, ping: }] }',
  },
  'inventory/limit-leaves-out': {
    means: '`--limit` leaves out a host that a param of the playbook names: it would do half of what it is for.',
    help: 'Leave `--limit` out, or name all hosts that its params name.',
    example: 'playbook run pair.yml -i hosts.yml --limit spb',
  },
  'inventory/ini': {
    means: 'The inventory is in the INI format of Ansible, and only YAML is read.',
    help: 'Convert it once: `ansible-inventory -i hosts.ini --list --yaml --output hosts.yml`.',
    example: '[service_providers]\nspa ansible_host=192.0.2.1',
  },
  'inventory/missing': {
    means: 'There is no inventory of that name, here or in `inventories/`.',
    help: 'Mend the name after `-i`.',
    example: 'playbook inventory -i nowhere.yml',
  },
  'inventory/none': {
    means: 'The program was asked to load an inventory, and none was named.',
    help: 'Name one with `-i`, such as `-i dc1.yml`.',
    example: 'loadInventory([])',
  },
  'inventory/not-a-map': {
    means: 'A part of an inventory, or a file of variables, is a list or a text where names and values belong.',
    help: 'Write `name: value`; each host is a key of its own, with a colon.',
    example: 'all: { hosts: [spa, spb] }',
  },
  'inventory/port-in-name': {
    means: 'A port was written into the name of a host, as `host:22`.',
    help: 'Say it with `ssh_port`.',
    example: "all: { hosts: { 'spa:22': } }",
  },
  'inventory/same-name': {
    means: 'A group and a host have the same name, so a pattern could mean either.',
    help: 'Rename one of them.',
    example: 'spa: { hosts: { spa: } }',
  },
  'inventory/too-deep': {
    means: 'Groups nest deeper than anyone wrote on purpose.',
    help: 'Put the groups side by side; a host may be in several.',
    example: 'playbook validate inventories/too-deep.yml',
  },
  'inventory/unknown-host': {
    means: 'A pattern, `delegate_to` or `--limit` names a group or host that the inventory does not have.',
    help: 'Mend the name; `playbook inventory -i INVENTORY --graph` shows all.',
    example: '  hosts: service_provider',
  },
  'inventory/unknown-key': {
    means: 'A group of an inventory has another key than `hosts`, `children` and `vars`.',
    help: 'Groups below a group stand under `children`, hosts under `hosts`, variables under `vars`.',
    example: '  childs: {}',
  },
  'target/bad-value': {
    means: 'A variable that says how a host is reached has a value that it cannot have.',
    help: 'Write what the message asks for; `playbook explain var NAME -i INVENTORY --host HOST` shows who says it.',
    example: 'all: { hosts: { spa: { ssh_port: many, connection: telnet } } }',
  },
} satisfies CodeEntries;
