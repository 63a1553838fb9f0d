// A slip of the finger in a shipped playbook is found before anything is connected to: each word that names something is
// mistyped in turn, and the playbook is loaded with the inventory of data centre 1 as before a run.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { knownNames } from '../../src/cli/known-names.js';
import { hasErrors } from '../../src/core/diagnostic.js';
import type { Diagnostic } from '../../src/core/diagnostic.js';
import { parseCliVariables } from '../../src/load/cli-variables.js';
import { loadInventory } from '../../src/load/inventory.js';
import { checkParams } from '../../src/load/params.js';
import { withHosts } from '../../src/load/play-hosts.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { checkWords } from '../../src/load/preflight.js';
import { parseYaml } from '../../src/load/yaml.js';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';
import { mutantsOf } from './mutants.js';
import type { Mutant } from './mutants.js';

/** What each playbook is given. */
const playbooks: Readonly<Record<string, readonly string[]>> = {
  'promote-sp.yml': [],
  'promote-tenant.yml': ['org=1001'],
  'rejoin-primary.yml': ['org=1001'],
  'status.yml': [],
  'backup.yml': ['org=1001', 'label=before'],
  'enable-writes.yml': ['org=1001'],
  'restore.yml': ['org=1001', 'host=tab', 'database=fdb', 'label=before'],
};

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-mutants-'));
  cpSync(join(projectRoot, 'playbooks'), directory, { recursive: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

const files = [join(projectRoot, 'inventories/dc1.yml')];
const trees = new Map<string, ReturnType<typeof parseYaml>>();

/** The inventory is the same for all mutants. */
function readOnce(path: string): ReturnType<typeof parseYaml> {
  const tree = trees.get(path) ?? parseYaml({ path, text: readFileSync(path, 'utf8') });
  trees.set(path, tree);
  return tree;
}

/** Everything that is wrong with a playbook, found as a run finds it before it connects. */
function problemsOf(name: string): readonly Diagnostic[] {
  const given = parseCliVariables(playbooks[name] ?? []);
  const loaded = loadPlaybook(join(directory, name), modules);
  if (!loaded.ok) return loaded.problems;
  if (!given.ok) return given.problems;
  const { playbook } = loaded.value;
  const seen = loadInventory(files, { cli: given.value, parse: readOnce });
  if (!seen.ok) return seen.problems;
  const typed = checkParams(playbook.params, given.value, knownNames([playbook], seen.value));
  if (!typed.ok) return typed.problems;
  const placed = withHosts(playbook, typed.value);
  if (!placed.ok) return placed.problems;
  const inventory = loadInventory(files, { cli: typed.value, parse: readOnce });
  return inventory.ok ? checkWords(placed.value, inventory.value, { tags: [], skipTags: [] }) : inventory.problems;
}

/** A file with all that it imports. */
function textWithImports(name: string): string {
  const text = readFileSync(join(directory, name), 'utf8');
  const imported = [...text.matchAll(/import_tasks: (?:tasks\/)?(\S+)/g)].map(([, file]) => `tasks/${file}`);
  return [name, text, ...imported.map(textWithImports)].join('\n');
}

/** The playbooks in which a file plays a part, the shortest first. */
function playbooksWith(file: string): readonly string[] {
  const texts = new Map(Object.keys(playbooks).map((name) => [name, textWithImports(name)]));
  return [...texts]
    .filter(([, text]) => text.split('\n').includes(file))
    .toSorted(([, left], [, right]) => left.length - right.length)
    .map(([name]) => name);
}

/** The mutants of a file that no playbook with it refuses. */
function survivorsOf(file: string): { readonly mutants: readonly Mutant[]; readonly survivors: readonly Mutant[] } {
  const path = join(directory, file);
  const original = readFileSync(path, 'utf8');
  const mutants = mutantsOf(file, original);
  const users = playbooksWith(file);
  const survivors = mutants.filter(({ text }) => {
    writeFileSync(path, text);
    return !users.some((user) => hasErrors(problemsOf(user)));
  });
  writeFileSync(path, original);
  return { mutants, survivors };
}

test('the playbooks as they are have no problem', () => {
  for (const name of Object.keys(playbooks)) expect(problemsOf(name).map((each) => each.message)).toEqual([]);
});

test('99 of 100 slips in the shipped playbooks are refused before connecting', { timeout: 300_000 }, () => {
  const tasks = readdirSync(join(directory, 'tasks')).map((name) => `tasks/${name}`);
  const found = [...Object.keys(playbooks), ...tasks].map(survivorsOf);
  const mutants = found.flatMap((each) => each.mutants);
  const survivors = found.flatMap((each) => each.survivors);
  const told = survivors.map(({ file, line, word, wrong }) => `${file}:${line} ${word} -> ${wrong}`);
  console.log(`mutations: ${mutants.length - survivors.length} of ${mutants.length} refused`);
  expect(mutants.length).toBeGreaterThan(500);
  expect(survivors.length / mutants.length, `survivors:\n${told.join('\n')}`).toBeLessThanOrEqual(0.01);
});
