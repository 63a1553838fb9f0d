// Sums vitest's JSON reports (the last of them is the real lab's) into one closing line, and fails when the sum is no
// proof: a failure, no test at all, a run without a report, or a test of the lab that was skipped.
import { existsSync, readFileSync } from 'node:fs';

const total = { passed: 0, failed: 0, skipped: 0 };
const objections = [];
const files = process.argv.slice(2);

for (const file of files) {
  const count = countOf(file);
  if (count.passed + count.failed + count.skipped === 0) objections.push(`no test ran: ${file}`);
  if (file === files.at(-1) && count.skipped > 0) objections.push('a test of the real lab was skipped');
  for (const key of Object.keys(total)) total[key] += count[key];
}
if (total.failed > 0) objections.push('tests failed');

for (const objection of objections) console.error(objection);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = objections.length > 0 ? 1 : 0;

function countOf(file) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  if (!existsSync(file)) return count;
  for (const suite of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    const statuses = suite.assertionResults.map((test) => test.status);
    count.passed += statuses.filter((status) => status === 'passed').length;
    count.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length;
    const failed = statuses.filter((status) => status === 'failed').length;
    // A file that cannot be loaded, or whose hook failed, has no failed test of its own.
    count.failed += failed === 0 && suite.status === 'failed' ? 1 : failed;
  }
  return count;
}
