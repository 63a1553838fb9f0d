// A crash before every event of the simulated world, in every way, and every fault of the disk: the bounded part of
// `npm run simulate`. What breaks a rule is told with the words that have it again.
import { describe, expect, test } from 'vitest';
import { caseOf, replayOf } from '../rigs/simulator/case.js';
import { Everywhere } from '../rigs/simulator/everywhere.js';
import type { Verdict } from '../rigs/simulator/case.js';
import { engine } from '../rigs/simulator/subject.js';
import { isKnown } from './known.js';

/** What is not known yet, as a person would have it. */
function news(everywhere: Everywhere): readonly string[] {
  return everywhere.tally.failed.flatMap((verdict) =>
    verdict.violations
      .filter((each) => !isKnown(each))
      .map(({ rule, what }) => `${rule} ${what}: npm run simulate -- --replay ${replayOf(verdict.case)}`),
  );
}

describe('crash everywhere', () => {
  test.each([
    ['small', 3],
    ['sums', 3],
    ['failover', 1],
    ['rescued', 1],
  ] as const)('%s: a crash before each event, in %i ways', { timeout: 60_000 }, async (scenario, ways) => {
    const everywhere = new Everywhere(engine);
    await everywhere.single(scenario, 1, ways);
    const { events } = await everywhere.clean(scenario, 1);
    expect(everywhere.tally.cases).toBe(events * ways);
    expect(everywhere.tally.ends.get('0') ?? 0).toBeGreaterThan(everywhere.tally.cases / 2);
    expect(news(everywhere)).toEqual([]);
  });

  test('every call of the disk fails once', { timeout: 60_000 }, async () => {
    const everywhere = new Everywhere(engine);
    for (const scenario of ['small', 'sums']) await everywhere.disk(scenario, 1);
    expect(everywhere.tally.cases).toBeGreaterThan(100);
    expect(news(everywhere)).toEqual([]);
  });

  test('two crashes, and three that follow from a seed', { timeout: 60_000 }, async () => {
    const everywhere = new Everywhere(engine);
    await everywhere.pairs('small', 1, 41);
    for (let seed = 1; seed <= 60; seed += 1) await everywhere.triple(seed);
    expect(everywhere.tally.cases).toBeGreaterThan(150);
    expect(news(everywhere)).toEqual([]);
  });
});

test('a runner that sleeps while it is given up does nothing when it wakes', { timeout: 60_000 }, async () => {
  const everywhere = new Everywhere(engine);
  const { events } = await everywhere.clean('sums', 1);
  let slept = 0;
  for (let k = 1; k <= events; k += 1) {
    const done = await everywhere.sleeper('sums', 1, k);
    if (done === undefined) continue;
    slept += 1;
    expect(done, `asleep before event ${k}`).toEqual([]);
  }
  expect(slept).toBeGreaterThan(events / 2);
});

test('while a run that was cut off holds a host, nobody else touches any', { timeout: 60_000 }, async () => {
  const everywhere = new Everywhere(engine);
  const { events } = await everywhere.clean('small', 1);
  let met = 0;
  for (let k = 1; k <= events; k += 1)
    for (const mode of ['kill', 'kill-late', 'power'] as const) {
      const done = await everywhere.stranger('small', 1, { k, mode });
      if (done === undefined) continue;
      met += 1;
      expect(done, `${mode} before event ${k}`).toEqual([]);
    }
  expect(met).toBeGreaterThan(events);
});

describe('the simulator itself', () => {
  test('a case is the same whenever it is run', async () => {
    const once = async (): Promise<Verdict> =>
      new Everywhere(engine).judge(caseOf('failover:7:60-kill-late,120-reboot'));
    const [first, second] = [await once(), await once()];
    const plain = ({ codes, trace }: Verdict): unknown => [codes, trace().filter((line) => /^ *\d+ ms/.test(line))];
    expect(plain(second)).toEqual(plain(first));
    expect(first.codes.length).toBeGreaterThan(1);
  });

  test('the words of a case have it again', () => {
    const word = 'small:3:17-kill,40-cut,5-EIO';
    expect(replayOf(caseOf(word))).toBe(word);
  });

  test('a check changes nothing, and a second run finds everything done', async () => {
    const everywhere = new Everywhere(engine);
    const { checked, again } = await everywhere.twice('failover', 1);
    expect(checked).toEqual({ code: 0, effects: [] });
    expect(again).toEqual({ code: 0, converged: [] });
  });
});
