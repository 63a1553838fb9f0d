// What is shipped is an example to everybody, so the linter has nothing to say about it.
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { checkFile, lintFiles } from '../../src/cli/validate-file.js';

const root = join(import.meta.dirname, '..', '..');
const files = globSync(['playbooks/*.yml', 'inventories/*.yml'], { cwd: root }).toSorted();

test('the shipped playbooks and inventories have no problems and no warnings', () => {
  const checked = files.map((file) => checkFile(file, root));
  expect(checked.map(({ name, kind }) => `${kind} ${name}`)).toContain('playbook playbooks/promote-sp.yml');
  const problems = [...checked.flatMap((each) => each.problems), ...lintFiles(checked, [], root)];
  expect(problems.map(({ code, message, span }) => `${code} ${message} ${span?.source.path ?? ''}`)).toEqual([]);
});
