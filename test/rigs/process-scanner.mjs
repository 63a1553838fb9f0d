// Reads the command line and the environment of every process of this machine, again and again, and says what it found. The needles come on standard input, so that it does not find itself. It ends when its input does.
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

const found = new Map();
let needles;
let [sweeps, reads] = [0, 0];
let ended = false;

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  needles = JSON.parse(line).map(({ text, ...needle }) => ({ ...needle, bytes: Buffer.from(text) }));
  process.stdout.write('ready\n');
});
input.on('close', () => (ended = true));

function read(path) {
  try {
    reads += 1;
    return readFileSync(path);
  } catch {
    // It is over already, or it is somebody else's.
    return Buffer.alloc(0);
  }
}

function sweep() {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = read(`/proc/${pid}/cmdline`);
    for (const [where, bytes] of [
      ['cmdline', command],
      ['environ', read(`/proc/${pid}/environ`)],
    ]) {
      if (bytes.length === 0) continue;
      for (const { source, encoding, bytes: needle } of needles) {
        if (!bytes.includes(needle)) continue;
        // Amidst its `exec` a process has an environment and no command line yet.
        const later = read(`/proc/${pid}/cmdline`);
        const words = (later.length === 0 ? command : later).toString().replaceAll('\0', ' ').slice(0, 200);
        const hit = { source, encoding, where, command: words };
        found.set(JSON.stringify(hit), hit);
      }
    }
  }
  sweeps += 1;
}

function again() {
  if (needles !== undefined) sweep();
  // A short rest, or what is watched gets no time of its own.
  if (!ended) return setTimeout(again, 3);
  process.stdout.write(`${JSON.stringify({ sweeps, reads, hits: [...found.values()] })}\n`);
}
again();
