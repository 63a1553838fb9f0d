import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ValueMap } from '../../src/core/value.js';
import { compileShell } from '../../src/load/template.js';
import { rendered, scalar } from './words.js';

const variables: ValueMap = {
  x: `it's $(id) "\`\\`,
  plain: 'abc',
  number: 2,
  args: ['a b', 'c'],
  yes: true,
  nothing: null,
  nul: 'a\0b',
};

describe('values are quoted for their spot', () => {
  const cases: readonly (readonly [source: string, script: string])[] = [
    ['echo {{plain}} -p {{number}}', 'echo abc -p 2'],
    ['echo {{x}}', `echo 'it'\\''s $(id) "\`\\'`],
    ['echo "{{x}}"', 'echo "it\'s \\$(id) \\"\\`\\\\"'],
    ["echo '{{x}}'", `echo 'it'\\''s $(id) "\`\\'`],
    ['run {{args}} end', "run 'a b' c end"],
    ['{{#each args}}-n {{this}} {{/each}}', "-n 'a b' -n c "],
    ['echo "$(cat {{plain}} "{{plain}}")" {{plain}}', 'echo "$(cat abc "abc")" abc'],
    ['echo {{number}}>f; echo {{number}} >f', "echo '2'>f; echo 2 >f"],
    ["cat <<'EOF'\nit's\nEOF\necho {{plain}}", "cat <<'EOF'\nit's\nEOF\necho abc"],
    ["echo a#b {{plain}} # it's", "echo a#b abc # it's"],
    ['echo ${HOME} $((1 + (2))) {{plain}}', 'echo ${HOME} $((1 + (2))) abc'],
    ['echo {{raw x}}', `echo it's $(id) "\`\\`],
    ['{{#if yes}}echo "{{plain}}"{{else}}true{{/if}}', 'echo "abc"'],
    ['echo \\"{{plain}}', 'echo \\"abc'],
  ];
  test.each(cases)('%j', (source, script) => {
    expect(rendered(compileShell(scalar(source)), variables)).toBe(script);
  });
});

describe('where a value cannot be quoted it is refused', () => {
  const byVariable = 'put it into a shell variable first: `x={{x}}`, then use `$x`';
  const unknown = `where the quotes around it cannot be known | ${byVariable}`;
  const cases: readonly (readonly [source: string, place: string, why: string])[] = [
    [
      'cat <<EOF\n{{x}}\nEOF',
      '2:1',
      'inside a here-document | give the text as `stdin`, or write the file with `template`',
    ],
    [
      'cat <<-EOF && echo {{plain}}\n\tEOX {{x}}\n\tEOF\n',
      '2:6',
      'inside a here-document | give the text as `stdin`, or write the file with `template`',
    ],
    ['echo `ls {{x}}`', '1:10', `inside backticks | write \`$(...)\`, or ${byVariable}`],
    ['# about {{x}}', '1:9', 'inside a comment | leave it out of the comment'],
    ['echo ${a:-{{x}} }', '1:11', `inside \`\${...}\` | ${byVariable}`],
    ['echo $(({{x}} + 1))', '1:9', `inside \`$((...))\` | ${byVariable}`],
    ["echo $'a' {{x}}", '1:11', unknown],
    ['echo "${a:-"b"}" {{x}}', '1:18', unknown],
    ['echo "$(case a in a) echo {{x}};; esac)"', '1:27', unknown],
    ['cat <<{{x}}', '1:7', unknown],
    ['echo ${{x}}', '1:7', 'right after `$` | escape the dollar sign, or name the variable in the text'],
    ['echo \\\\{{x}}', '1:8', 'right after a backslash | leave the backslash out; values are quoted already'],
  ];
  test.each(cases)('%j', (source, place, why) => {
    const problem = `shell/no-value-here ${place} a value cannot be quoted ${why}`;
    expect(rendered(compileShell(scalar(source)), variables)).toEqual([problem]);
  });

  test('a block that opens a quote', () => {
    expect(rendered(compileShell(scalar('echo {{#if yes}}"{{/if}}{{x}}')), variables)).toEqual([
      'template/block-in-quotes 1:6 a block must not open or close a quote | let every branch hold whole quoted texts',
    ]);
  });

  test.each([
    [
      "echo {{x}} it's",
      'shell/open-quote 1:1 a single quote of this script is never closed | close it; a quote that is meant as text has a backslash in front',
    ],
    ['echo {{nul}}', 'shell/nul 1:6 this value holds a NUL byte, which no argument of a command can'],
    ['echo {{nothing}}', 'template/no-text 1:6 null has no text | say what is meant: `{{default x "y"}}`'],
    ['echo "{{args}}"', 'template/no-text 1:7 a list has no text of its own | write `{{join x ","}}` or `{{json x}}`'],
  ])('%j', (source, problem) => {
    expect(rendered(compileShell(scalar(source)), variables)).toEqual([problem]);
  });

  test('a script without values may be anything', () => {
    const script = "cat <<`EOF\n it's $'";
    expect(rendered(compileShell(scalar(script)), variables)).toBe(script);
  });
});

describe('whatever the value, /bin/sh reads it back', () => {
  const nasty = fc.constantFrom(
    ...`'"\\$\`!#&;|<>(){}[]*?~=% \t\n-0a`.split(''),
    'é',
    '→',
    '$(echo x)',
    '${x}',
    "'\\''",
    'EOF\n',
  );
  const text = fc.string({ unit: nasty, maxLength: 12 });
  const spots: readonly (readonly [spot: string, source: string])[] = [
    ['bare', '{{x}}'],
    ['in single quotes', "'{{x}}'"],
    ['in double quotes', '"{{x}}"'],
    ['inside a word', 'a"b"{{x}}\'c\'{{x}}'],
    ['in a substitution', '"$(printf %s {{x}}; printf .)"'],
    ['in quotes in a substitution', '"$(printf %s "{{x}}" \'{{x}}\'; printf .)"'],
  ];
  const expected: Readonly<Record<string, (value: string) => string>> = {
    'inside a word': (value) => `ab${value}c${value}`,
    'in a substitution': (value) => `${value}.`,
    'in quotes in a substitution': (value) => `${value}${value}.`,
  };

  test.each(spots)('%s', (spot, source) => {
    const compiled = compileShell(scalar(`printf '%s\\0' ${source}\n`));
    const property = fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), (values) => {
      const script = values.map((x) => rendered(compiled, { x })).join('');
      const result = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
      const read = result.stdout.split('\0').slice(0, -1);
      expect(read).toEqual(values.map((value) => expected[spot]?.(value) ?? value));
    });
    fc.assert(property, { numRuns: 25 });
  });
});

test('whatever the script around it, a value is never run', () => {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-quoting-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const pieces = [
    'echo ',
    'a',
    ' ',
    '\n',
    ';',
    '"',
    "'",
    '\\',
    '$',
    '$(',
    '$((',
    '${a',
    ')',
    '))',
    '}',
    '(',
    '`',
    '#',
    '=',
    '1',

    '<<E\n',
    '<<-E\n',
    "<<'E'\n",
    '\nE\n',
    '<<<',
    '>',
    '&&',
    '|',
    '$(case a in a) ',
    ';; esac',
    'if :; then ',
    '; fi',
    '{ ',
    '; }',
  ];
  const piece = fc.constantFrom(...pieces);
  const around = fc.array(piece, { maxLength: 8 }).map((some) => some.join(''));
  const touches = ['touch c', '>c'].flatMap((command) => [
    `$(${command})`,
    `\`${command}\``,
    `\n${command}\n`,
    `;${command};`,
    `';${command};'`,
    `";${command};"`,
    `)\n${command};(`,
    `}\n${command};{`,
    `\nE\n${command}\n`,
    `\\';${command};\\'`,
  ]);
  const run = (shell: string, script: string): boolean => {
    spawnSync(shell, ['-c', script], { cwd: directory, timeout: 5000, stdio: 'ignore' });
    const ran = existsSync(join(directory, 'c'));
    rmSync(join(directory, 'c'), { force: true });
    return ran;
  };
  const property = fc.property(around, around, fc.constantFrom(...touches), (before, after, x) => {
    const script = rendered(compileShell(scalar(`:;${before}{{x}}${after}`)), { x });
    fc.pre(typeof script === 'string');
    for (const shell of ['/bin/sh', '/bin/bash'].filter(existsSync)) {
      expect({ shell, script, ran: run(shell, script) }).toEqual({ shell, script, ran: false });
    }
  });
  fc.assert(property, { numRuns: Number(process.env['QUOTING_RUNS'] ?? 60) });
});
