// `npm run bench`: words in, docs/benchmarks.* out.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { whyNoLab } from './bench-lab.js';
import { startGround, whyNoGround, type Ground } from './ground.js';
import { machineOf } from './machine.js';
import { stopMeasuring } from './measure.js';
import { readResults, sameMachine, withRow, type Results } from './results.js';
import { measureWork, type Manner } from './session.js';
import { works, type Work } from './work.js';
import { writeResults } from './write.js';

const usage = `npm run bench -- [--only WORD]... [--peer NAME]... [--rounds N] [--hosts-max N] [--patience SECONDS] [--out DIR]
npm run bench -- --quick          two rounds of what is small, slow peers once; writes nothing but with --out
npm run bench -- --list           the works and their names
npm run bench -- --write          the page and the picture anew, from what was measured`;

const options = {
  only: { type: 'string', multiple: true, default: [] as string[] },
  peer: { type: 'string', multiple: true, default: [] as string[] },
  rounds: { type: 'string', default: '5' },
  'hosts-max': { type: 'string', default: '200' },
  patience: { type: 'string', default: '120' },
  out: { type: 'string' },
  quick: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function chosen(only: readonly string[], hostsMax: number): readonly Work[] {
  return works
    .filter(
      ({ id, group }) =>
        only.length === 0 || only.some((word) => `${group} ${id}`.toLowerCase().includes(word.toLowerCase())),
    )
    .filter(({ hosts }) => hosts <= hostsMax);
}

/** Measures works one after another; what is measured is kept at once. */
async function measureAll(
  todo: readonly Work[],
  manner: Manner,
  begin: Results,
  keep: (results: Results) => void,
): Promise<void> {
  const most = Math.max(0, ...todo.map(({ hosts }) => hosts));
  const reason = most === 0 ? undefined : whyNoGround();
  if (reason !== undefined) say(`works with hosts are left out: ${reason}`);
  const labReason = todo.some(({ lab }) => lab === true) ? whyNoLab(manner.checkout) : undefined;
  if (labReason !== undefined) say(`works in the lab are left out: ${labReason}`);
  const missing = new Map(Object.entries(begin.missing));
  await using ground: Ground | undefined = most === 0 || reason !== undefined ? undefined : await startGround(most);
  let results = begin;
  const possible = todo.filter(
    ({ hosts, lab }) => (hosts === 0 || ground !== undefined) && (lab !== true || labReason === undefined),
  );
  for (const work of possible) {
    const row = await measureWork(work, ground, manner, missing);
    results = withRow(
      { ...results, missing: Object.fromEntries(missing) },
      row,
      works.map(({ id }) => id),
    );
    keep(results);
  }
}

/** Runs the words of the command line; gives the exit code. */
export async function bench(words: readonly string[], checkout: string): Promise<number> {
  const { values } = parseArgs({ args: [...words], options });
  if (values.help) {
    say(usage);
    return 0;
  }
  const hostsMax = values.quick ? Math.min(10, Number(values['hosts-max'])) : Number(values['hosts-max']);
  const todo = chosen(values.only, hostsMax);
  if (values.list) {
    for (const { id, title } of todo) say(`${id.padEnd(28)} ${title}`);
    return 0;
  }
  const out = values.out ?? (values.quick ? undefined : join(checkout, 'docs'));
  const machine = machineOf();
  const older = out === undefined ? undefined : readResults(join(out, 'benchmarks.json'));
  const fresh = { machine, missing: {}, rows: [] };
  // What another machine has measured is not told beside what this one measures.
  const begin = older !== undefined && (values.write || sameMachine(older.machine, machine)) ? older : fresh;
  if (out !== undefined) mkdirSync(out, { recursive: true });
  if (values.write) {
    if (out !== undefined) writeResults(out, begin);
    return 0;
  }
  const stop = new AbortController();
  const interrupt = (): void => {
    stop.abort(new Error('interrupted'));
    stopMeasuring();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  const manner: Manner = {
    checkout,
    rounds: values.quick ? 2 : Number(values.rounds),
    patienceSeconds: values.quick ? 10 : Number(values.patience),
    peers: values.peer,
    say,
    signal: stop.signal,
  };
  try {
    await measureAll(todo, manner, begin, (results) => {
      if (out !== undefined) writeResults(out, results);
    });
    return 0;
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
    return 130;
  }
}
