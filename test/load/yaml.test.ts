// What people write, what YAML would make of it, and what is said about it.
import { describe, expect, test } from 'vitest';
import { positionOf } from '../../src/core/source.js';
import type { Node } from '../../src/load/node.js';
import { parseYaml } from '../../src/load/yaml.js';

function parse(text: string) {
  return parseYaml({ path: 't.yml', text });
}

/** The tree as plain data. */
function plain(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]));
}

function tree(text: string): Node {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problems.map((each) => each.message).join('; '));
  return parsed.value;
}

function said(text: string): string[] {
  const parsed = parse(text);
  if (parsed.ok) return [];
  return parsed.problems.map((each) => {
    const at = each.span === undefined ? undefined : positionOf(each.span.source, each.span.start);
    return `${each.code} ${at?.line}:${at?.column} ${each.message} | ${each.hint ?? ''}`;
  });
}

describe('a problem names its place, its code and a way out', () => {
  test.each([
    ['a: 1\nb: 2\na: 3\n', 'yaml/duplicate-key 3:1', 'key `a` is said twice in one map'],
    ['x:\n  "a b": 1\n  \'c\': 2\n  "a b" : 3\n', 'yaml/duplicate-key 4:3', 'key `"a b"` is said twice'],
    ['x:\n  name: 1\n  name: 2\n', 'yaml/duplicate-key 3:3', 'key `name` is said twice'],
    ['- a: 1\n\tb: 2\n', 'yaml/tab 2:1', 'indent with spaces'],
    ['- a: x\u0000y\n', 'yaml/control-character 1:7', 'U+0000 | take it out'],
    ['x:\n\t- b\n', 'yaml/tab 2:1', 'indent with spaces'],
    ['a: 1\n---\nb: 2\n', 'yaml/several-documents 2:1', 'a second document starts here | a file holds one document'],
    ['msg: {{ x }}\n', 'yaml/unquoted-template 1:6', 'put quotes around it'],
    ['- msg: {{ x }} and\n', 'yaml/unquoted-template 1:8', 'put quotes around it'],
    ['- {{ x }}\n', 'yaml/unquoted-template 1:3', 'put quotes around it'],
    ['a: {{ default x "y" }}\n', 'yaml/unquoted-template 1:4', 'put quotes around it'],
    ['mode: 0644\n', 'yaml/leading-zero 1:7', 'read as the number 644 | write it in quotes: `"0644"`'],
    ['id: 12345678901234567890\n', 'yaml/number 1:5', 'in quotes: `"12345678901234567890"`'],
    ['n: .inf\n', 'yaml/number 1:4', 'cannot be held'],
    ['hosts: *\n', 'yaml/unknown-alias 1:8', 'put quotes around a text that starts with `*`'],
    ['hosts: *web\n', 'yaml/unknown-alias 1:8', 'no anchor `&web`'],
    ['a: !vault |\n  xyz\n', 'vault/not-encrypted 1:11', 'this is not encrypted'],
    ['a: !vault [x]\n', 'yaml/unknown-tag 1:4', 'unknown tag `!vault`'],
    ['when: !failed\n', 'yaml/unknown-tag 1:7', 'put quotes'],
    ['a: b: c\n', 'yaml/syntax 1:4', 'put quotes around a text that holds `: `'],
    ['a: @x\n', 'yaml/syntax 1:4', 'put quotes around the text'],
    ['a: "\\q"\n', 'yaml/syntax 1:5', 'write the backslash twice'],
    ['a: "x\n', 'yaml/syntax 1:4', 'a quote is never closed'],
    ['? [a]\n: b\n', 'yaml/key 1:3', 'a key must be a plain text'],
    ['a: &x [*x]\n', 'yaml/alias-circle 1:8', 'inside its own anchor'],
    ['a:\n  <<: 5\n', 'yaml/merge 2:3', 'takes a map'],
    ['%YAML 1.1\n---\na: yes\n', 'yaml/version 1:1', 'take the `%YAML` line out'],
    ['1: a\n"1": b\n', 'yaml/duplicate-key 2:1', 'said twice'],
  ])('%j', (text, place, words) => {
    const problems = said(text);
    expect(problems[0]).toMatch(new RegExp(`^${place} `));
    expect(problems[0]).toContain(words);
  });

  test('all problems are told, one a line', () => {
    expect(said('a: 1\na: 2\nmode: 0644\nb: 1\nb: 2\n')).toHaveLength(3);
    expect(said('mode: 0644\nother: 0755\n')).toHaveLength(2);
  });
});

describe('YAML 1.2 as it is meant', () => {
  test.each([
    ['', null],
    ['# only a remark\n', null],
    ['a: yes\nb: no\nc: on\nd: true\n', { a: 'yes', b: 'no', c: 'on', d: true }],
    ['a: 0\nb: 0.5\nc: -1\nd: 0o17\ne: 0x1F\n', { a: 0, b: 0.5, c: -1, d: 15, e: 31 }],
    ['a: 2024-01-01\nb: 12:30\n', { a: '2024-01-01', b: '12:30' }],
    ['a:\nb: ~\n', { a: null, b: null }],
    ['1: a\ntrue: b\n', { 1: 'a', true: 'b' }],
    ['a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n', { a: { p: 1, q: 2 }, b: { q: 3, p: 1 } }],
    ['a: &x {p: 1}\nb: &y {p: 2, r: 2}\nc: {<<: [*x, *y]}\n', { a: { p: 1 }, b: { p: 2, r: 2 }, c: { p: 1, r: 2 } }],
    ['a: &x [1, 2]\nb: *x\n', { a: [1, 2], b: [1, 2] }],
    ['"<<": 1\n', { '<<': 1 }],
    ['a: "{{ x }}"\n', { a: '{{ x }}' }],
  ])('%j', (text, expected) => {
    expect(plain(tree(text))).toEqual(expected);
  });

  test('names of methods that every object has are only keys', () => {
    const node = tree('toString: 1\nvalueOf: 2\n');
    if (node.kind !== 'map') throw new Error('not a map');
    expect(node.entries.map((entry) => entry.key)).toEqual(['toString', 'valueOf']);
    expect(node.get('hasOwnProperty')).toBeUndefined();
    expect(node.get('toString')?.value).toMatchObject({ value: 1 });
  });
});

describe('text that would hurt the process', () => {
  test.each([
    ['brackets', '['.repeat(20_000)],
    ['maps in brackets', '{a: '.repeat(20_000)],
    ['dashes', `${'- '.repeat(20_000)}x`],
    ['question marks', `${'? '.repeat(20_000)}x`],
    ['indentation', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['just too deep', `${'['.repeat(66)}${']'.repeat(66)}`],
  ])('too deep: %s', (_, text) => {
    expect(said(text)).toEqual([expect.stringMatching(/^yaml\/too-deep \d+:\d+ nested deeper than 64 levels/)]);
  });

  test('64 levels are allowed, and long flat files', () => {
    expect(said(`${'['.repeat(64)}${']'.repeat(64)}`)).toEqual([]);
    expect(said('- a: [1, {b: "{{ c }}"}]\n'.repeat(2000))).toEqual([]);
    expect(said(`a: |\n${'  [[[[ {{{{ - - - ? ? ?\n'.repeat(50)}`)).toEqual([]);
  });

  test('an alias bomb is refused', () => {
    const lines = Array.from({ length: 12 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1}, `.repeat(10)}]`).slice(1);
    expect(said(['a0: &a0 x', ...lines].join('\n'))).toEqual([expect.stringContaining('yaml/too-large')]);
  });
});

describe('a place inside a scalar is found in the file', () => {
  test.each([
    ['plain', 'a: see HERE now\n', '1:8'],
    ['plain over lines', 'a: see\n  the HERE now\n', '2:7'],
    ['plain with an empty line', 'a: see\n\n  HERE now\n', '3:3'],
    ['single quotes', "a: 'it''s HERE'\n", '1:11'],
    ['double quotes', 'a: "\\t\\x41\\u0042 HERE"\n', '1:18'],
    ['double quotes over lines', 'a: "one\n\n   two HERE"\n', '3:8'],
    ['double quotes with a joined line', 'a: "one\\\n   two HERE"\n', '2:8'],
    ['literal', 'a: |\n    one\n      two HERE\n', '3:11'],
    ['literal with CRLF', 'a: |\r\n  one\r\n  two HERE\r\n', '3:7'],
    ['literal with an indentation', 'a: |2\n    one HERE\n', '2:9'],
    ['literal after empty lines', 'a: |-\n\n\n  one HERE\n', '4:7'],
    ['folded', 'a: >-\n  one\n  two\n  HERE\n', '4:3'],
    ['folded with more indented lines', 'a: >\n  one\n    two\n\n  three HERE\n', '5:9'],
    ['in a list in a map', 'x:\n  - a: "HERE"\n', '2:9'],
    ['alias', 'x: &x "HERE"\ny: *x\n', '1:8'],
  ])('%s', (_, text, expected) => {
    let node: Node = tree(text);
    while (node.kind !== 'scalar') {
      const next: Node | undefined = node.kind === 'list' ? node.items[0] : node.entries.at(-1)?.value;
      if (next === undefined) throw new Error('no scalar');
      node = next;
    }
    const start = String(node.value).indexOf('HERE');
    const span = node.at(start, start + 4);
    const { line, column } = positionOf(span.source, span.start);
    expect(`${line}:${column}`).toBe(expected);
    expect(span.source.text.slice(span.start, span.end)).toBe('HERE');
  });
});
