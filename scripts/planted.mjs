// Who tests the tests: plants bugs, one after another, in a copy of the tree, and expects the named tests to notice each.
// A patch is a file of test/planted: its first lines say what the bug is and which tests must turn red, the rest is a diff.
// A patch that does not fit the code any more is a failure too: a bug that cannot be planted is not looked for.
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
  const flags = ['run', '--project', 'unit', '--reporter=dot', ...(only === undefined ? [] : ['-t', only])];
  const ran = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...flags, ...tests], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (ran.status === 0) return 'nobody noticed';
  // Red because a test failed, and not because the copy cannot be read.
  return /Tests .*\d+ failed/.test(ran.stdout) ? undefined : `the tests did not run: ${ran.stderr.slice(0, 600)}`;
}

const words = process.argv.slice(2);
const names = readdirSync(patches)
  .filter((name) => name.endsWith('.patch'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();
const copy = copyOfTree();
let wrong = 0;
try {
  for (const name of names) {
    const patch = read(name);
    const problem = plant(copy, patch);
    if (problem !== undefined) wrong += 1;
    process.stdout.write(
      `${problem === undefined ? 'caught' : 'MISSED'}  ${name}: ${patch.bug}${problem === undefined ? '' : `\n        ${problem}`}\n`,
    );
  }
  process.stdout.write(`${names.length - wrong} of ${names.length} planted bugs were caught\n`);
  process.exitCode = wrong === 0 && names.length > 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
