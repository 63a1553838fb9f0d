// Raw values in the SQL files of a playbook: told where they stand, and allowed above the task that runs the file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { whereIs } from '../../src/core/source.js';
import { filesOfPlaybook } from '../../src/load/lint/files.js';
import { lint } from '../../src/load/lint/index.js';
import { modules } from '../../src/modules/index.js';

const directory = mkdtempSync(join(tmpdir(), 'playbook-lint-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
mkdirSync(join(directory, 'files'));
writeFileSync(join(directory, 'files', 'change.sql'), 'update a set b = {{b}};\nupdate {{raw table}} set c = 1;\n');

function told(above: string): readonly string[] {
  const path = join(directory, 'site.yml');
  writeFileSync(
    path,
    `- name: P\n  hosts: all\n  tasks:\n    ${above}\n    - name: T\n      sql: { script: change.sql }\n`,
  );
  return lint({ files: filesOfPlaybook(path, modules), modules }).map(
    ({ code, span }) => `${code} ${span === undefined ? '' : whereIs(span).replace(directory, '')}`,
  );
}

test('are told, and may be allowed', () => {
  expect(told('')).toEqual(['lint/raw-value /files/change.sql:2:8']);
  expect(told('# playbook-lint: allow raw-value because the name comes from the playbook itself')).toEqual([]);
});
