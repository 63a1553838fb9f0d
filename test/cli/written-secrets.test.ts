// What a frame may not show, though it stands in the very line that is wrong.
import { expect, test } from 'vitest';
import { error } from '../../src/core/diagnostic.js';
import { hidingWrittenSecrets } from '../../src/cli/written-secrets.js';

/** A line of a file with a problem, as it may be shown. */
function shown(text: string, line: string = text): string {
  const source = { path: 'vars.yml', text };
  return hidingWrittenSecrets([error('yaml/syntax', 'wrong', { source, start: 0, end: 1 })]).text(line);
}

test.each([
  ['db_password: "hunter22', 'db_password: ********'],
  ['db_password: hunter22: x', 'db_password: ********'],
  ["{'api_token':'hunter22', a: }", "{'api_token':********"],
  ['{"a": 1, "db_password": hunter22', '{"a": 1, "db_password": ********'],
  ['db_password=hunter22', 'db_password=********'],
  ['db_password: hunter22{{ x', 'db_password: ********{{ x'],
  ['ssh_password: [hunter22, hunter33]', 'ssh_password: ********'],
])('%s', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test('nor its parts, in the words about it', () => {
  expect(shown('my_password=correct horse', '`horse` gives no variable a value')).toBe(
    '`********` gives no variable a value',
  );
  expect(shown('key_secret: |\n  line one\n  line two\nother: shown\n', 'line two, other: shown')).toBe(
    '********, other: shown',
  );
});

test.each([
  'db_password: "{{ vault_db_password }}"',
  'db_password: { type: strng, secret: true }',
  'password_file: /etc/secret',
  "when: db_password == 'prompt'",
  'name: Set the password of root',
])('%s is shown as it is', (text) => {
  expect(shown(text)).toBe(text);
});

test.each(['a=', 'a', 'token=', ' '])('a mebibyte of %j is looked through in no time', { timeout: 60_000 }, (piece) => {
  expect(shown(piece.repeat(2 ** 20 / piece.length), '')).toBe('');
});
