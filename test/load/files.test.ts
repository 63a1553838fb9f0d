// Finding and reading files of the operator's machine, and what is said when that does not work.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Result } from '../../src/core/result.js';
import { readBytes, readSource } from '../../src/load/files.js';
import { findBeside, findPlaybook } from '../../src/load/find.js';
import { directoryOf, tell } from './support/files.js';

/** The value, or the first problem as a line, without the random directory. */
function told(result: Result<unknown>, directory: string): unknown {
  return result.ok ? result.value : tell(result.problems).join('\n').replaceAll(directory, 'DIR');
}

test('text is read without its byte order mark', () => {
  const directory = directoryOf({ 'a.yml': '\uFEFFa: 1\n' });
  const path = join(directory, 'a.yml');
  expect(readSource(path)).toEqual({ ok: true, value: { path, text: 'a: 1\n' } });
});

test('what is no readable text file is refused, and nothing hangs', () => {
  const directory = directoryOf({
    'big.yml': 'a'.repeat(1024 * 1024 + 1),
    'latin.yml': new Uint8Array([0x61, 0x3a, 0x20, 0xe9, 0x0a]),
    'promote.yml': '',
    'folder/x': '',
  });
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  const read = (name: string): unknown => told(readSource(join(directory, name)), directory);
  expect(read('promot.yml')).toBe('file/missing 0:0 no file `DIR/promot.yml` | did you mean `DIR/promote.yml`?');
  expect(read('folder')).toBe('file/not-a-file 0:0 `DIR/folder` is a directory, not a file | name a file');
  expect(read('pipe')).toBe('file/not-a-file 0:0 `DIR/pipe` is a device, pipe or socket, not a file | name a file');
  expect(read('big.yml')).toContain('file/too-large 0:0 `DIR/big.yml` is larger than 1 MiB | ');
  expect(read('latin.yml')).toContain('file/not-utf8 latin.yml:1:4 `DIR/latin.yml` is not UTF-8 text (near byte 4)');
  expect(read('promote.yml/x')).toContain('file/missing');
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read says so', () => {
  const directory = directoryOf({ 'a.txt': 'x' });
  chmodSync(join(directory, 'a.txt'), 0);
  expect(told(readBytes(join(directory, 'a.txt')), directory)).toContain('cannot read `DIR/a.txt`: EACCES');
});

test('a playbook is found here or in `playbooks/`, with or without its ending', () => {
  const directory = directoryOf({
    'here.yml': '',
    'playbooks/promote-sp.yml': '',
    'playbooks/here.yml': '',
    'playbooks/other.yaml': '',
    'sub/deep.yml': '',
  });
  const find = (name: string): unknown => told(findPlaybook(name, directory), directory);
  expect(find('here.yml')).toBe(join(directory, 'here.yml'));
  expect(find('here')).toBe(join(directory, 'here.yml'));
  expect(find('promote-sp')).toBe(join(directory, 'playbooks/promote-sp.yml'));
  expect(find('other')).toBe(join(directory, 'playbooks/other.yaml'));
  expect(find('sub/deep')).toBe(join(directory, 'sub/deep.yml'));
  expect(find(join(directory, 'here.yml'))).toBe(join(directory, 'here.yml'));
  expect(find('promote-ps.yml')).toContain('did you mean `promote-sp.yml`?');
  expect(find('promote-ps')).toContain('did you mean `promote-sp');
  expect(find('zzzzzzzz')).toContain('there are `here.yml`, `other.yaml`, `promote-sp.yml`');
});

test('a file beside a playbook: the first place that has it wins', () => {
  const directory = directoryOf({ 'a/x.txt': '', 'b/files/x.txt': '', 'b/y.txt': '', 'a/files/y.txt': '' });
  const places = ['a', 'b'].map((name) => ({ directory: join(directory, name), folder: 'files' }));
  const find = (name: string): unknown => told(findBeside(name, places), directory);
  expect(find('x.txt')).toBe(join(directory, 'a/x.txt'));
  expect(find('y.txt')).toBe(join(directory, 'a/files/y.txt'));
  expect(find(join(directory, 'b/y.txt'))).toBe(join(directory, 'b/y.txt'));
  expect(find('y.tx')).toBe('file/missing 0:0 no file `y.tx` | did you mean `y.txt`?');
  expect(find('../b/y.txt')).toContain('file/outside');
  expect(find('x/../../b/y.txt')).toContain('file/outside');
  expect(find(join(directory, 'c.txt'))).toContain('file/outside');
});
