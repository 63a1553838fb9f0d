// What is wrong with templates and conditions, wherever they stand.
import type { CodeEntries } from './entry.js';

/** The codes of templates and conditions. */
export const templateCodes = {
  'template/block-in-quotes': {
    means: 'A block such as `{{#if}}` opens a quote that it does not close, so nobody knows how a value is quoted.',
    help: 'Let every branch hold whole quoted texts.',
    example: '      shell: echo "{{#if yes}}a" b{{else}}b"{{/if}}',
  },
  'template/helper-arguments': {
    means: 'A helper was given too few, too many or named values.',
    help: 'Write it as the hint shows.',
    example: "      debug: { msg: '{{upper a b}}' }",
  },
  'template/helper-value': {
    means: 'A helper was given a value that it cannot work with.',
    help: 'Give it what the message asks for, for example `{{join list ","}}` for a list.',
    example: '      debug: { msg: "{{upper list}}" }',
  },
  'template/ident-outside-sql': {
    means: '`{{ident x}}` writes an SQL identifier, and this is no SQL.',
    help: 'Write `{{x}}`: it is quoted for the place where it stands.',
    example: "      debug: { msg: '{{ident a}}' }",
  },
  'template/jinja': {
    means: 'The text holds a statement of Jinja, and templates here are Handlebars.',
    help: 'Write `{{#if x}} ... {{else}} ... {{/if}}` or `{{#each list}} ... {{/each}}`.',
    example: "      debug: { msg: '{% if a %}x{% endif %}' }",
  },
  'template/mark-inside': {
    means: '`raw` or `ident` stands inside of another helper, where it would change nothing.',
    help: 'Put it first: `{{raw x}}`.',
    example: "      debug: { msg: '{{upper (raw a)}}' }",
  },
  'template/no-such-place': {
    means: 'A template asks for `this`, `../x` or `@index` where there is no such thing.',
    help: 'Use it inside of `{{#each}}` or `{{#with}}`, or name the variable.',
    example: "      debug: { msg: '{{@index}}' }",
  },
  'template/no-text': {
    means: 'A list, a map or null stands where a text is written.',
    help: 'Write `{{json x}}`, `{{join x ","}}`, `{{default x "y"}}` or one of its keys.',
    example: '      debug: { msg: "a {{ map }}" }',
  },
  'template/not-a-list': {
    means: '`{{#each}}` was given something else than a list or a map.',
    help: 'Give it a list or a map.',
    example: '      debug: { msg: "{{#each word}}x{{/each}}" }',
  },
  'template/not-allowed': {
    means: 'The template uses a part of Handlebars that is left out here, such as partials.',
    help: 'Write it out, or use `import_tasks` or a `template` file.',
    example: "      debug: { msg: '{{> partial }}' }",
  },
  'template/not-boolean': {
    means: 'A text such as `off` or `no` stands where true or false is asked for, and would count as true.',
    help: 'Make it a boolean, or compare it: `(eq x "y")`.',
    example: '      debug: { msg: "{{#if off}}x{{/if}}" }',
  },
  'template/syntax': {
    means: 'The text between `{{` and `}}` is no template.',
    help: 'Mend the marked place; filters are written as helpers: `{{upper x}}`.',
    example: "      debug: { msg: '{{ a' }",
  },
  'template/too-deep': {
    means: 'Blocks or calls of a template nest deeper than anyone writes by hand.',
    help: 'Split the template.',
    example: 'playbook validate deep.yml',
  },
  'template/too-large': {
    means: 'What the template gives is too large: loops or variables multiply.',
    help: 'Look at the loops in it, and at variables that say one another several times.',
    example: '    - name: too-large\n      debug:',
  },
  'template/unknown-helper': {
    means: 'A template calls a helper that does not exist.',
    help: 'Mend the name; docs/language.md lists the helpers.',
    example: "      debug: { msg: '{{uper a}}' }",
  },
  'condition/braces': {
    means: 'A condition holds `{{ }}`, and is an expression already.',
    help: 'Write the names bare, without braces.',
    example: '      when: "{{ word }} == \'text\'"',
  },
  'condition/never': {
    means: 'A condition compares something with a value that it can never have.',
    help: 'Mend the word: the hint says what there can be. `playbook modules NAME` describes what a module registers.',
    example: "        when: mode == 'fats'",
  },
  'condition/not-boolean': {
    means: 'A condition is neither true nor false.',
    help: 'Compare it with something: `count > 0`, `name != ""`.',
    example: '      when: 1 + 1',
  },
  'condition/syntax': {
    means: 'A condition is no expression of CEL.',
    help: 'Mend the marked place: `&&`, `||`, `!`, `==`, `in`, and texts in quotes.',
    example: '      when: word ==',
  },
  'condition/too-slow': {
    means: 'A condition takes too long, because it loops inside of loops.',
    help: 'Look at fewer items, or let a command on the host decide.',
    example: '    - name: too-slow\n      ping:',
  },
  'condition/type': {
    means: 'A condition compares or joins values of types that do not fit.',
    help: 'Convert one of them, as in `int(string(x))` or `string(x)`.',
    example: "      when: 1 + 'a' == 2",
  },
} satisfies CodeEntries;
