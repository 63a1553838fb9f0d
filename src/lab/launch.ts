// The program by which a sandbox starts a daemon: in a session of its own, with its output in a log file, and entered in
// the sandbox's process table before anyone can ask for it. (`setsid` is not on every platform that Node runs on.)
// Usage: launch.js ROOT NAME LOG COMMAND_LINE -- PROGRAM [ARGUMENT...]
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { identify } from './processes.js';
import { livingProcesses, register } from './process-table.js';

const [root, name, log, commandLine, separator, program, ...programArguments] = process.argv.slice(2);
if (root === undefined || name === undefined || log === undefined || commandLine === undefined) process.exit(64);
if (separator !== '--' || program === undefined) process.exit(64);

livingProcesses(root);
const output = openSync(log, 'a');
const child = spawn(program, programArguments, { detached: true, cwd: root, stdio: ['ignore', output, output] });
child.on('error', (reason) => {
  console.error(`${name}: ${reason.message}`);
  process.exit(1);
});
child.on('spawn', () => {
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) process.exit(1);
  register(root, { ...identity, name, commandLine });
  console.log(`${identity.pid} ${identity.startTime}`);
  process.exit(0);
});
