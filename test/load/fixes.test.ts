// Repairs in files: only what leaves no doubt, and every other byte as it was.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applyFixes } from '../../src/load/fixes.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';

const directory = mkdtempSync(join(tmpdir(), 'playbook-fixes-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The file after its problems were mended once, as bytes in Latin-1, so that each counts. */
function mended(text: string): string {
  const path = join(directory, 'site.yml');
  writeFileSync(path, Buffer.from(text, 'latin1'));
  const loaded = loadPlaybook(path, modules);
  applyFixes(loaded.ok ? loaded.value.warnings : loaded.problems);
  return readFileSync(path, 'latin1');
}

const play = (line: string): string => `- hosts: all\n  ${line}\n  tasks: []\n`;

test.each([
  ['become: yes', 'become: true'],
  ['become:   "No"  # why', 'become:   false  # why'],
  ["any_errors_fatal: 'off'", 'any_errors_fatal: false'],
  ['become: maybe', 'become: maybe'],
  ['become: [yes]', 'become: [yes]'],
  ['vars: { mode: 0644, id: 0644 }', 'vars: { mode: "0644", id: 0644 }'],
  ['vars: { "mode": 0755 }', 'vars: { "mode": "0755" }'],
  ['vars: { file_mode: 0644 }', 'vars: { file_mode: 0644 }'],
  ['vars: { mode: 0999 }', 'vars: { mode: 0999 }'],
])('%s', (before, after) => {
  expect(mended(play(before))).toBe(play(after));
});

test('what an alias brings from elsewhere is left alone there', () => {
  const text = '- hosts: all\n  vars: { a: &a yes }\n  become: *a\n  tasks: []\n';
  expect(mended(text)).toBe(text);
});

test('a byte order mark, line ends of DOS and texts beyond ASCII stay as they are', () => {
  const text = (word: string): string =>
    `\xef\xbb\xbf# caf\xc3\xa9\r\n- hosts: all\r\n  become: ${word}\r\n  tasks: []\r\n`;
  expect(mended(text('yes'))).toBe(text('true'));
});

test('a file that has changed since it was read is left alone', () => {
  const path = join(directory, 'changed.yml');
  writeFileSync(path, play('become: yes'));
  const loaded = loadPlaybook(path, modules);
  writeFileSync(path, play('become: yes # and more'));
  expect(applyFixes(loaded.ok ? [] : loaded.problems)).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe(play('become: yes # and more'));
});
