// Writes the bill of materials of the command line (CycloneDX), and sees that it names every package that the lock file
// has for a run. `npm sbom --omit dev` would leave out those that a package of the tests uses too, so all are asked for.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const bill = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { maxBuffer: 64 * 1024 * 1024 }));
const isForTests = ({ properties = [] }) => properties.some(({ name }) => name === 'cdx:npm:package:development');
const components = bill.components.filter((each) => !isForTests(each));
const kept = new Set(components.map((each) => each['bom-ref']));
const dependencies = bill.dependencies.filter(({ ref }) => kept.has(ref) || ref === bill.metadata.component['bom-ref']);
writeFileSync(file, `${JSON.stringify({ ...bill, components, dependencies }, undefined, 2)}\n`);

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
// What is optional may not be for this machine.
const wanted = Object.entries(packages).filter(
  ([path, { dev, optional, peer }]) => path !== '' && !dev && !optional && !peer,
);
const named = new Set(components.map(({ name, version }) => `${name}@${version}`));
const missing = wanted
  .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
  .filter((each) => !named.has(each));
const unsealed = components.filter(({ hashes = [] }) => hashes.length === 0).map(({ name }) => name);
console.log(`sbom: ${components.length} components, ${wanted.length} of them needed, ${missing.length} missing`);
for (const each of missing) console.error(`sbom: it does not name ${each}`);
for (const each of unsealed) console.error(`sbom: there is no digest of ${each}`);
process.exitCode = missing.length + unsealed.length > 0 || wanted.length === 0 ? 1 : 0;
