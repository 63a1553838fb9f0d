// `npm run simulate`: looks for a way to break the program, says what it found, and with which words to have it again.
import { parseArgs } from 'node:util';
import { caseOf, replayOf } from './case.js';
import { Everywhere } from './everywhere.js';
import type { Verdict } from './case.js';
import type { Tally } from './everywhere.js';
import { scenarioNames } from './scenarios.js';
import { engine } from './subject.js';

const usage = `npm run simulate -- [--seeds N] [--from SEED]   random triples of crashes, one case a seed (default 200 from 1)
npm run simulate -- --everywhere [--only NAME]   a crash before every event, in every way, and every fault of the disk
npm run simulate -- --pairs [--only NAME] [--stride N]   two crashes (default: of the scenario small)
npm run simulate -- --replay WORD                one case again, with its events`;

/** Runs the words of the command line; gives the exit code. */
export async function simulate(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      everywhere: { type: 'boolean', default: false },
      pairs: { type: 'boolean', default: false },
      stride: { type: 'string', default: '1' },
      only: { type: 'string' },
      replay: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (values.replay !== undefined) return replay(values.replay);
  const everywhere = new Everywhere(engine);
  const from = Number(values.from);
  if (values.everywhere) {
    for (const name of values.only === undefined ? scenarioNames : [values.only]) {
      await everywhere.single(name, from);
      await everywhere.disk(name, from);
    }
  } else if (values.pairs) {
    await everywhere.pairs(values.only ?? 'small', from, Number(values.stride));
  } else {
    for (let seed = from; seed < from + Number(values.seeds); seed += 1) await everywhere.triple(seed);
  }
  process.stdout.write(`${told(everywhere.tally)}\n`);
  return everywhere.tally.failed.length === 0 ? 0 : 1;
}

/** What was found, in words: the cases that broke a rule in the same way stand together. */
export function told({ cases, events, ends, failed }: Tally): string {
  const counts = [...ends].toSorted(byName).map(([end, count]) => `${end}: ${count}`);
  const groups = new Map<string, { readonly rule: string; readonly what: string; readonly cases: Verdict[] }>();
  for (const verdict of failed)
    for (const { rule, what } of verdict.violations) {
      const key = `${rule} ${what.split('\n')[0]?.replaceAll(/\d+ ms/g, 'N ms')}`;
      const group = groups.get(key) ?? { rule, what, cases: [] };
      groups.set(key, group);
      if (group.cases.at(-1) !== verdict) group.cases.push(verdict);
    }
  const shown = [...groups]
    .toSorted(byName)
    .flatMap(([, { rule, what, cases: same }]) => [
      `${rule} (${same.length} cases) ${what.slice(0, 900)}`,
      ...same
        .slice(0, 3)
        .map((each) => `  npm run simulate -- --replay ${replayOf(each.case)}    # lives: ${each.codes.join(' ')}`),
    ]);
  return [
    `${cases} cases, ${events} events; last lives ended with ${counts.join(', ')}`,
    `${failed.length} cases break a rule`,
    ...shown,
  ].join('\n');
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

async function replay(word: string): Promise<number> {
  const everywhere = new Everywhere(engine);
  const verdict = await everywhere.judge(caseOf(word));
  process.stdout.write(`${verdict.trace().join('\n')}\n${told(everywhere.tally)}\n`);
  return verdict.violations.length === 0 ? 0 : 1;
}
