// What is wrong with a file before it means anything: its YAML.
import type { CodeEntries } from './entry.js';

/** The codes of the YAML reader. */
export const yamlCodes = {
  'yaml/alias-circle': {
    means: 'An alias stands inside the very value that its anchor names, so the value would hold itself.',
    help: 'Write the inner value out, or give the anchor to a smaller part.',
    example: 'a: &x [*x]',
  },
  'yaml/control-character': {
    means: 'The file holds an invisible control character, most often from a copied terminal.',
    help: 'Take it out. Where it is meant, write it as an escape in double quotes, such as "\\x1B".',
    example: "printf 'a: b\\033c\\n' > control-character.yml",
  },
  'yaml/duplicate-key': {
    means: 'One map says the same key twice; YAML readers differ in which of them they would keep.',
    help: 'Keep one of them.',
    example: '- name: Ping\n  hosts: all\n  name: Pong',
  },
  'yaml/half-character': {
    means: 'An escape such as `\\ud83d` is only one half of a character.',
    help: 'Write the character itself, or both halves.',
    example: '    - debug: { msg: "\\ud83d" }',
  },
  'yaml/key': {
    means: 'A key of a map is no plain text, but a list, a map or a template.',
    help: 'Put quotes around the key; a value that starts with a brace needs quotes, too.',
    example: '? [a, b]\n: c',
  },
  'yaml/leading-zero': {
    means: 'A number starts with a zero, which YAML 1.1 reads as octal and YAML 1.2 as decimal.',
    help: 'Put it in quotes. For `mode:` this is what `playbook validate --fix` does.',
    example: '  vars: { mode: 0644 }',
  },
  'yaml/merge': {
    means: 'The merge key `<<` was given something else than a map or a list of maps.',
    help: 'Give it an alias of a map, such as `<<: *defaults`.',
    example: '    <<: text',
  },
  'yaml/merge-conflict': {
    means: 'The file holds both sides of a merge that git could not decide.',
    help: 'Keep one side, and take the lines of `<<<<<<<`, `=======` and `>>>>>>>` out.',
    example: '<<<<<<< HEAD',
  },
  'yaml/number': {
    means: 'A number is too large to be held exactly, so its last digits would change unseen.',
    help: 'Put it in quotes: it is a text then, and stays as it is written.',
    example: '  vars: { serial_number: 12345678901234567890 }',
  },
  'yaml/several-documents': {
    means: 'A line of `---` starts a second document, and a file holds only one.',
    help: 'Move the second document to a file of its own.',
    example: '---',
  },
  'yaml/syntax': {
    means: 'The text is no YAML at this place.',
    help: 'Look at the marked place and the line above it: most often a quote, a colon or an indent is wrong.',
    example: '    - name: "Stop',
  },
  'yaml/reserved-key': {
    means: 'A key is called `__proto__`, `constructor` or `prototype`, by which programs of JavaScript are attacked.',
    help: 'Take another name.',
    example: '    constructor: spa',
  },
  'yaml/tab': {
    means: 'A line is indented with a tab, which YAML does not allow.',
    help: 'Indent with spaces.',
    example: '\ttasks: []',
  },
  'yaml/too-deep': {
    means: 'Lists and maps nest deeper than anyone writes by hand.',
    help: 'Look for a bracket that is never closed, or for a generated file.',
    example: 'playbook validate control-character.yml too-deep.yml too-large.yml not-utf8.yml huge.yml directory.yml',
  },
  'yaml/too-large': {
    means: 'The file holds more values than anyone writes by hand, or aliases multiply to that many.',
    help: 'Split the file, or leave out the aliases of aliases.',
    example: 'playbook validate control-character.yml too-deep.yml too-large.yml not-utf8.yml huge.yml directory.yml',
  },
  'yaml/unknown-alias': {
    means: 'A value starts with `*`, which is an alias in YAML, and no anchor of that name stands before it.',
    help: 'Put quotes around a text that starts with `*`, or define the anchor first.',
    example: '- hosts: *all',
  },
  'yaml/unknown-tag': {
    means: 'A value has a tag (`!something`) that is not known here; only `!vault` is.',
    help: 'Write the plain value; a secret is encrypted with `playbook vault encrypt-string`.',
    example: '  vars: { address: !ip 192.0.2.1 }',
  },
  'yaml/unquoted-template': {
    means: 'A value starts with `{{` without quotes, which YAML reads as a map.',
    help: 'Put quotes around it: `"{{ name }}"`.',
    example: '  vars: { copy: {{ original }} }',
  },
  'yaml/version': {
    means: 'The file says that it is YAML 1.1, in which `yes` and `0644` mean other things than here.',
    help: 'Take the `%YAML` line out, and look at words such as `yes`, `no`, `on` and `off`.',
    example: '%YAML 1.1',
  },
} satisfies CodeEntries;
