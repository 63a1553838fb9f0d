// Problems for programs: what SARIF 2.1.0 demands of a log, and that both forms say the same places.
import { expect, test } from 'vitest';
import { codes } from '../../src/core/codes/index.js';
import { error, warning } from '../../src/core/diagnostic.js';
import { problemsAsLines, problemsAsSarif } from '../../src/report/problem-data.js';

const source = { path: 'plays/ä b.yml', text: 'a: 1\n😀 become: yes\n' };
const absolute = { path: '/srv/x#y.yml', text: 'one\ntwo' };
const word = { source, start: 16, end: 19 };
const problems = [
  error('playbook/wrong-value', 'not a boolean', word, { hint: 'write `true`', fix: { span: word, text: 'true' } }),
  warning(
    'lint/unnamed-task',
    'no name',
    { source: absolute, start: 2, end: 6 },
    { labels: [{ span: { source, start: 0, end: 1 }, message: 'before' }] },
  ),
  error('lint/unnamed-task', 'nowhere'),
];

/** What this test asks of a log. */
interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly columnKind: string;
    readonly tool: { readonly driver: { readonly rules: readonly Readonly<Record<string, unknown>>[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations?: readonly { readonly physicalLocation: unknown }[];
    }[];
  }[];
}

test('a SARIF log has rules with help, and results that point at them and at a region', () => {
  const log = JSON.parse(problemsAsSarif(problems, { version: '1.2.3', codes })) as Log;
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  const rules = run?.tool.driver.rules ?? [];
  expect(rules.map(({ id }) => id)).toEqual(['lint/unnamed-task', 'playbook/wrong-value']);
  for (const rule of rules) expect(rule).toHaveProperty('help.text', expect.stringMatching(/\S/));
  for (const each of run?.results ?? []) {
    expect(rules[each.ruleIndex]?.['id']).toBe(each.ruleId);
    expect(['error', 'warning', 'note', 'none']).toContain(each.level);
    expect(each.message.text).not.toBe('');
  }
  expect(run?.columnKind).toBe('utf16CodeUnits');
  expect(run?.results.map(({ locations }) => locations?.[0]?.physicalLocation)).toEqual([
    {
      artifactLocation: { uri: 'plays/%C3%A4%20b.yml' },
      region: { startLine: 2, startColumn: 12, endLine: 2, endColumn: 15 },
    },
    {
      artifactLocation: { uri: 'file:///srv/x%23y.yml' },
      region: { startLine: 1, startColumn: 3, endLine: 2, endColumn: 3 },
    },
    undefined,
  ]);
  expect(run?.results[0]).toMatchObject({
    fixes: [{ artifactChanges: [{ replacements: [{ insertedContent: { text: 'true' } }] }] }],
  });
});

test('a line is one object, and a new line in a message does not break it', () => {
  const lines = problemsAsLines([...problems, error('a/b', 'one\ntwo')])
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { code: 'playbook/wrong-value', file: 'plays/ä b.yml', line: 2, column: 12, endLine: 2, endColumn: 15 },
    { severity: 'warning', related: [{ message: 'before', line: 1, column: 1 }] },
    { code: 'lint/unnamed-task' },
    { message: 'one\ntwo' },
  ]);
});
