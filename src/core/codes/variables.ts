// What is wrong with variables, with the inputs of a playbook, and with the files that it names.
import type { CodeEntries } from './entry.js';

/** The codes of variables, params and files. */
export const variableCodes = {
  'variable/bad-name': {
    means: 'A variable has a name that templates and conditions cannot write.',
    help: 'Use letters, digits and `_`, and no digit first.',
    example: '    old-primary: spa',
  },
  'variable/cycle': {
    means: 'A variable refers to itself, directly or through others.',
    help: 'Follow the circle that the hint shows, and let one of them say a plain value.',
    example: '    ping: "{{ pong }}"\n    pong: "{{ ping }}"',
  },
  'variable/not-kept': {
    means: 'A run that was taken up again asks for a register that held a secret, which is not written down.',
    help: 'Start a new run, or let a task that can be looked at again give the value.',
    example: '- command: print-token\n  register: token\n  no_log: true',
  },
  'variable/no-such-key': {
    means: 'A value does not have the key or item that a template or condition asks of it.',
    help: 'Mend the name, or say what holds without it: `{{default a.b "c"}}`, `has(a.b)`.',
    example: '      debug: { msg: "{{ address.stret }}" }',
  },
  'variable/no-value': {
    means: 'A word after `-e` is no `NAME=VALUE`.',
    help: 'Write `-e name=value`, or `-e @FILE` for a file; quote a value with spaces.',
    example: 'playbook validate site.yml -i hosts.yml -e "ping"',
  },
  'variable/not-a-map': {
    means: 'A file given with `-e @FILE` is no map of names and values.',
    help: 'Write `name: value`, one a line.',
    example: 'playbook validate site.yml -i hosts.yml -e @list.yml',
  },
  'variable/open-quote': {
    means: 'A quote or backslash in a value of `-e` is never closed.',
    help: 'Close it; the whole word also needs quotes for your shell.',
    example: 'playbook validate site.yml -i hosts.yml -e "a=\'b"',
  },
  'variable/reserved-name': {
    means: 'A variable has a name that the runner itself says, so its value would never be seen.',
    help: 'Choose another name.',
    example: '    groups: none',
  },
  'variable/too-deep': {
    means: 'A variable refers to another, and that to another, through more than a hundred of them.',
    help: 'Let one of them say a plain value.',
    example: 'playbook validate deep.yml -i hosts.yml',
  },
  'variable/undefined': {
    means: 'A template or condition uses a variable that nothing says for this host.',
    help: 'Mend the name, define it in the inventory or the play, or say `{{default x "y"}}`.',
    example: '      debug: { msg: "{{ adress }}" }',
  },
  'variable/unresolved': {
    means: 'A variable of another host was asked for through `hostvars`, and its own value cannot be resolved.',
    help: 'Mend the variable that the label points at; `playbook explain var` shows who says it.',
    example: '      debug: { msg: "{{ hostvars.spb.url }}" }',
  },
  'param/missing': {
    means: 'A playbook wants an input that was not given and has no default.',
    help: 'Add `-e NAME=VALUE`.',
    example: 'playbook run promote.yml -i hosts.yml -e primary_state=deaf',
  },
  'param/not-allowed': {
    means: 'An input has a value that its `enum` does not have.',
    help: 'Give one of the values that the hint lists.',
    example: 'playbook validate given.yml -i hosts.yml -e count=many -e color=blue',
  },
  'param/required': {
    means: 'A param says `required` and `default` in a way that contradicts itself.',
    help: 'Keep one of them: what has a default is not required.',
    example: '  five: { type: string, required: true, default: a }',
  },
  'param/unknown': {
    means: '`-e` names a variable that neither the playbook nor the inventory uses: most often a typing mistake.',
    help: 'Mend the name.',
    example: 'playbook run promote.yml -i hosts.yml -e primary_stat=dead',
  },
  'param/group': {
    means: 'A param that is no host says of which `group` it must be.',
    help: 'Say `type: host`, or take `group` out.',
    example: '  six: { type: string, group: pair }',
  },
  'param/unknown-host': {
    means: 'An input names a host that the inventory, or the group that the playbook says, does not have.',
    help: 'Give one of the hosts that the hint names.',
    example: 'playbook run fail-over.yml -i hosts.yml -e org=1 -e old_primary=spc',
  },
  'param/unknown-type': {
    means: 'A param has a type that does not exist.',
    help: 'Write one of `string`, `integer`, `number`, `boolean`, `list`, `map` and `host`.',
    example: '  two: { type: strnig, description: a typing mistake }',
  },
  'param/wrong-default': {
    means: 'The default of a param does not fit its own type or `enum`.',
    help: 'Mend the default or the declaration.',
    example: '  three: { type: integer, default: many }',
  },
  'param/wrong-type': {
    means: 'An input was given with a value of another type than the playbook declares.',
    help: 'Give a value of the type that the label shows.',
    example: 'playbook validate given.yml -i hosts.yml -e count=many -e color=blue',
  },
  'param/wrong-value': {
    means: 'A param is declared as something else than a map.',
    help: 'Write `{ type: string, description: what it is }`.',
    example: '  one: text',
  },
  'file/missing': {
    means: 'A file that a playbook or the command line names does not exist.',
    help: 'Mend the name; files are looked for beside the file that names them, and in `files/` or `templates/`.',
    example: '      copy: { src: motdd, dest: /etc/motd }',
  },
  'file/no-playbook': {
    means: 'There is no playbook of that name, here or in `playbooks/`.',
    help: 'Mend the name, or change to the directory that holds it.',
    example: 'playbook run promote-ps.yml -i hosts.yml',
  },
  'file/not-a-file': {
    means: 'A path names a directory, a device or a pipe where a file is read.',
    help: 'Name a file.',
    example: '      template: { src: files, dest: /etc/motd }',
  },
  'file/not-utf8': {
    means: 'A file is no UTF-8 text.',
    help: 'Save it as UTF-8, for example with `iconv -t UTF-8`.',
    example: "printf 'name: caf\\351\\n' > not-utf8.yml",
  },
  'file/named-by-host': {
    means: 'A task that keeps files on this machine makes a name of what a host said, or a task set, during the run.',
    help: 'Say the names in the playbook, the inventory or with `-e`: a host chooses no file here.',
    example: '      fetch: { src: "{{ found.stdout }}", dest: fetched }',
  },
  'file/outside': {
    means: 'A playbook names a file outside of its own directory.',
    help: 'Keep the files that a playbook sends beside it, so that they travel and are reviewed with it.',
    example: '      copy: { src: ../../outside.txt, dest: /etc/motd }',
  },
  'file/too-large': {
    means: 'A file is larger than such a file ever is.',
    help: 'Look whether it is the file you meant; large data is fetched by the host itself.',
    example: "head -c 1100000 /dev/zero | tr '\\0' '#' > huge.yml",
  },
  'file/unreadable': {
    means: 'A file is there and cannot be read.',
    help: 'Look at its permissions and at the disk; the message holds the reason of the system.',
    example: 'playbook validate play/site.yml play/secret.yml',
  },
} satisfies CodeEntries;
