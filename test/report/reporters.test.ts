import { expect, test } from 'vitest';
import { checkedRun, failingRun, finishes, recap, starts, stamp, told } from './recorded.js';

const checkStarts = {
  type: 'run.started',
  playbook: 'p.yml',
  inventory: [],
  check: true,
  diff: false,
  hosts: ['spb'],
} as const;

test('lines tell a failing run in the words of Ansible', async () => {
  await expect(await told('lines', failingRun)).toMatchFileSnapshot('golden/failing.lines.txt');
});

test('lines tell a check with its diffs', async () => {
  await expect(await told('lines', checkedRun)).toMatchFileSnapshot('golden/checked.lines.txt');
});

test('the tree tells a failing run, quiet where nothing changed', async () => {
  await expect(await told('tree', failingRun)).toMatchFileSnapshot('golden/failing.tree.txt');
});

test('the tree tells a check with its diffs', async () => {
  await expect(await told('tree', checkedRun)).toMatchFileSnapshot('golden/checked.tree.txt');
});

test('-v adds output of commands and messages of tasks that were ok', async () => {
  const quiet = await told('lines', failingRun);
  const verbose = await told('lines', failingRun, { verbose: true });
  expect(quiet).not.toContain('8.4.1');
  expect(verbose).toContain('  spa | 8.4.1\n');
  expect(verbose).toContain('ok: [spb] => stopped already');
});

test('jsonl is one event a line, as it was stamped', async () => {
  const written = await told('jsonl', checkedRun);
  expect(written.endsWith('\n')).toBe(true);
  expect(
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(stamp(checkedRun));
});

test('a second run says that nothing changed', async () => {
  const written = await told('lines', [
    starts('Stop', 'service', ['spb']),
    finishes('Stop', 'spb', 'ok'),
    { type: 'run.finished', exitCode: 0, durationMs: 900, recap: { spb: recap({ ok: 1 }) } },
  ]);
  expect(written).toContain('spb : ok=1  changed=0  unreachable=0  failed=0  skipped=0  rescued=0  ignored=0\n');
  expect(written).toContain('nothing changed: every host is as wanted (0.9 s)');
});

test.each([
  ['lines', [], 'nothing changed (0.9 s)'],
  ['tree', [], 'nothing changed (0.9 s)'],
  ['lines', [checkStarts], 'nothing would change (0.9 s)'],
] as const)('a run that only looked does not call its hosts as wanted: %s %#', async (output, first, expected) => {
  const written = await told(output, [
    ...first,
    starts('Look', 'stat', ['spb']),
    finishes('Look', 'spb', 'ok'),
    { type: 'run.finished', exitCode: 0, durationMs: 900, recap: { spb: recap({ ok: 1 }) }, onlyLooked: true },
  ]);
  expect(written).toContain(expected);
  expect(written).not.toContain('as wanted');
});

test('a question that nobody answers is told with the flag that does', async () => {
  const written = await told('lines', [
    { type: 'task.asked', task: 'p.yml:t', host: 'spa', title: 'Is A off?', expect: "A's off" },
    { type: 'task.asked', task: 'p.yml:t', host: 'spb', title: 'Hidden' },
    { type: 'run.finished', exitCode: 8, durationMs: 900, recap: {} },
  ]);
  expect(written).toContain("run the playbook again at a terminal, or with --confirm 'A'\\''s off'");
});

test.each([
  [1, 'mend it, then `playbook resume 20250130T030000-test` goes on where it stopped'],
  [8, 'waiting for an answer; `playbook resume 20250130T030000-test` at a terminal'],
  [130, 'interrupted at `Commit`: 3 tasks done; unknown: Commit on spa; `playbook resume 20250130T030000-test`'],
] as const)('exit code %i of a run that can be gone on with names the command', async (exitCode, sentence) => {
  const standing = { done: 3, doubt: ['Commit on spa'], at: 'Commit', resumable: true };
  const written = await told('lines', [{ type: 'run.finished', exitCode, durationMs: 900, recap: {}, standing }]);
  expect(written).toContain(sentence);
});

test('a run that is taken up again says what it finds done', async () => {
  const written = await told('lines', [{ type: 'run.resumed', number: 2, by: 'anna@laptop', done: 3 }]);
  expect(written).toContain('run 20250130T030000-test taken up by anna@laptop, life 2: 3 tasks done before');
});

test('what debug says is heard without -v', async () => {
  const written = await told('lines', [
    starts('Say', 'debug', ['spb']),
    finishes('Say', 'spb', 'ok', { module: 'debug', message: 'first\nsecond' }),
  ]);
  expect(written).toContain('ok: [spb] => first\n  second\n');
});

test.each([
  [4, 'unreachable: spa; check address, network and key'],
  [5, 'in doubt: `Commit` on spa; nobody knows whether it happened'],
  [8, 'waiting for an answer to `Is A off?` for spa; run the playbook again at a terminal'],
  [130, 'interrupted; run the playbook again: what is done already will not be done twice'],
  [6, 'another run holds a host that this one needs; nothing was touched'],
] as const)('exit code %i is closed with what to do next', async (exitCode, sentence) => {
  const written = await told('tree', [
    { type: 'host.unreachable', host: 'spa', reason: 'no route' },
    { type: 'task.asked', task: 'p.yml:Ask', host: 'spa', title: 'Is A off?' },
    starts('Commit', 'sql', ['spa']),
    finishes('Commit', 'spa', 'in-doubt', { failure: { message: 'the link was lost at COMMIT' } }),
    { type: 'run.finished', exitCode, durationMs: 900, recap: { spa: recap({ failed: 1 }) } },
  ]);
  expect(written).toContain(sentence);
});

test('a host cannot write to the terminal', async () => {
  for (const output of ['tree', 'lines'] as const) {
    const written = await told(output, failingRun);
    expect(written).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(written).toContain('slonik /tmp/␛]0;evil␇x');
  }
});
