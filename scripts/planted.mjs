// Who tests the tests: plants bugs, one after another, in a copy of the tree, and expects the named tests to notice each.
// A patch is a file of test/planted: its first lines say what the bug is and which tests must turn red, the rest is a diff.
// A patch that does not fit the code any more is a failure too: a bug that cannot be planted is not looked for.
// The same tests pass without any patch first: red tests would notice everything.
//
//   node scripts/planted.mjs [WORD...]     only patches whose names hold one of the words
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const patches = join(root, 'test/planted');

/** What a patch says of itself. */
function read(name) {
  const text = readFileSync(join(patches, name), 'utf8');
  const said = (key) => new RegExp(`^${key}: (.+)$`, 'm').exec(text)?.[1];
  const [bug, tests, only] = [said('Bug'), said('Tests'), said('Only')];
  if (bug === undefined || tests === undefined) throw new Error(`${name} does not say its bug and its tests`);
  return { name, bug, tests: tests.split(' '), only };
}

/** A copy of the tree as it is here, without what git does not know; packages are shared. */
function copyOfTree() {
  const copy = mkdtempSync(join(tmpdir(), 'playbook-planted-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of listed
    .toString()
    .split('\0')
    .filter((each) => each !== '' && !each.startsWith('test/planted/'))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { verbatimSymlinks: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function apply(copy, name, more = []) {
  return spawnSync('patch', ['-p1', '--no-backup-if-mismatch', '-F0', '-s', ...more, '-i', join(patches, name)], {
    cwd: copy,
    encoding: 'utf8',
  });
}

/** Plants one bug; gives what is wrong with how the tests took it. */
function plant(copy, { name, tests, only }) {
  const applied = apply(copy, name);
  if (applied.status !== 0) return `does not apply: ${applied.stdout}${applied.stderr}`.trim();
  const problem = noticed(copy, tests, only);
  const back = apply(copy, name, ['-R']);
  if (back.status !== 0) throw new Error(`${name} cannot be taken out again: ${back.stdout}`);
  return problem;
}

/** What is wrong with how the tests took a bug. */
function noticed(copy, tests, only) {
  const ran = runTests(copy, tests, only);
  if (ran.status === 0) return 'nobody noticed';
  // Red because a test failed, and not because the copy cannot be read.
  return hasFailed(ran) ? undefined : `the tests did not run: ${ran.stderr.slice(0, 600)}`;
}

function hasFailed({ stdout }) {
  return /Tests .*\d+ failed/.test(stdout);
}

function runTests(copy, tests, only) {
  // The first test that fails is enough; one that a busy machine was too slow for passes the second time.
  const flags = ['run', '--project', 'unit', '--reporter=dot', '--bail=1', '--retry=1'];
  const part = only === undefined ? [] : ['-t', only];
  return spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...flags, ...part, ...tests], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 900_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
}

/** What is wrong with the tests of the patches where no bug is planted; nothing when they pass. */
function redWithoutBugs(copy, chosen) {
  const whole = new Set(chosen.flatMap(({ tests, only }) => (only === undefined ? tests : [])));
  const parts = new Map(whole.size === 0 ? [] : [[undefined, whole]]);
  for (const { tests, only } of chosen) {
    for (const test of tests.filter((each) => !whole.has(each))) parts.set(only, new Set(parts.get(only)).add(test));
  }
  for (const [only, tests] of parts) {
    const ran = runTests(copy, [...tests], only);
    if (ran.status !== 0) return `${ran.stdout}${ran.stderr}`.slice(-3000);
  }
  return undefined;
}

const words = process.argv.slice(2);
const names = readdirSync(patches)
  .filter((name) => name.endsWith('.patch'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();
const chosen = names.map(read);
const copy = copyOfTree();
try {
  const red = redWithoutBugs(copy, chosen);
  if (red === undefined) plantAll(copy, chosen);
  else {
    process.stdout.write(`The tests do not pass without a bug, so nothing can be said of any:\n${red}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function plantAll(tree, patchesChosen) {
  let wrong = 0;
  for (const patch of patchesChosen) {
    const problem = plant(tree, patch);
    if (problem !== undefined) wrong += 1;
    process.stdout.write(
      `${problem === undefined ? 'caught' : 'MISSED'}  ${patch.name}: ${patch.bug}${problem === undefined ? '' : `\n        ${problem}`}\n`,
    );
  }
  process.stdout.write(`${patchesChosen.length - wrong} of ${patchesChosen.length} planted bugs were caught\n`);
  process.exitCode = wrong === 0 && patchesChosen.length > 0 ? 0 : 1;
}
