// What the bench makes of its measurements: numbers, verdicts, the page and the picture.
import { describe, expect, test } from 'vitest';
import { goals, isMet, toldCheck } from '../../scripts/bench/goals.js';
import { pageOf } from '../../scripts/bench/page.js';
import { pictureOf } from '../../scripts/bench/picture.js';
import { whatIsWrong } from '../../scripts/bench/promotion-works.js';
import { sameMachine, withRow, type Figures, type Results, type Row } from '../../scripts/bench/results.js';
import { median, ratio, rounded, spreadOf, told } from '../../scripts/bench/statistics.js';

const machine = { processor: 'Z80', cores: 2, memoryGb: 24, system: 'CP/M', node: 'v20.0.0' };

function took(...seconds: readonly number[]): Figures {
  return { seconds, cpuSeconds: [0.5], largestMb: 60, togetherMb: 60, command: 'do <it> $D' };
}

function row(id: string, figures: Readonly<Record<string, Figures>>, more: Partial<Row> = {}): Row {
  const [title, group] = [`work ${id}`, 'Tasks'];
  return { id, title, group, floor: 'floor', at: '2026-11-24T23:00:00Z', load: 0.1, versions: {}, figures, ...more };
}

function results(...rows: readonly Row[]): Results {
  return { machine, missing: { pssh: 'not installed (Debian: pssh)' }, rows };
}

const fast = row('50x20-converged', {
  floor: took(2, 1.9, 2.2),
  playbook: took(2.2, 2.1, 9),
  controlMaster: took(11),
  mitogen: took(66),
  ansible: took(184),
});

describe('statistics', () => {
  test('the median is the middle one, or between the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 2, 4, 100])).toBe(3);
    expect(median([])).toBeNaN();
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, count: 3 });
    expect(spreadOf([])).toBeUndefined();
  });

  test('one slow round moves the spread and not the ratio', () => {
    expect(ratio([2, 2, 200], [1, 1, 1])).toBe(2);
    expect(told([2, 2, 200])).toBe('2.00 (2.00..200)');
    expect(ratio(undefined, [1])).toBeNaN();
  });

  test('numbers have as many digits as they mean', () => {
    expect([0.126, 2.345, 12.34, 183.6].map(rounded)).toEqual(['0.13', '2.35', '12.3', '184']);
    expect(rounded(Number.NaN)).toBe('-');
    expect(told([7])).toBe('7.00');
  });
});

describe('results', () => {
  test('a row that is measured anew takes the place of the old one, in the order of the works', () => {
    const order = ['a', 'b', 'c'];
    const once = ['c', 'a', 'b'].reduce((all, id) => withRow(all, row(id, {}), order), results());
    const again = withRow(once, row('b', { floor: took(1) }), order);
    expect(again.rows.map(({ id }) => id)).toEqual(order);
    expect(again.rows[1]?.figures).toEqual({ floor: took(1) });
  });

  test('a work that is no more keeps its row, behind the others', () => {
    const all = withRow(results(row('gone', {})), row('a', {}), ['a']);
    expect(all.rows.map(({ id }) => id)).toEqual(['a', 'gone']);
  });

  test('figures of another machine are none of ours', () => {
    expect(sameMachine(machine, { ...machine, node: 'v24.0.0' })).toBe(true);
    expect(sameMachine(machine, { ...machine, cores: 64 })).toBe(false);
  });
});

describe('goals', () => {
  const verdicts = (title: string, from: Results): readonly (boolean | undefined)[] =>
    goals
      .filter((goal) => goal.title.startsWith(title))
      .flatMap((goal) => goal.checks(from))
      .map(isMet);

  test('each number is held against its bound, by medians', () => {
    expect(verdicts('50 hosts', results(fast))).toEqual([true, true, true, true]);
    const slow = { ...fast, figures: { ...fast.figures, playbook: took(3), mitogen: took(59) } };
    expect(verdicts('50 hosts', results(slow))).toEqual([false, true, false, true]);
  });

  test('what was not measured is neither met nor missed', () => {
    expect(verdicts('50 hosts', results())).toEqual([undefined, undefined, undefined, undefined]);
    expect(toldCheck({ what: 'of x', value: Number.NaN, unit: 'x', atMost: 2 })).toBe(
      'not measured: of x (at most 2 x)',
    );
    expect(toldCheck({ what: 'of x', value: 3, unit: 'x', atMost: 2 })).toBe('**not met**: 3.00 x of x (at most 2 x)');
  });

  test('a long wire is held against what the proxy did, not against what it was told', () => {
    const figures = { floor: took(1), playbook: took(2.5), connect: took(0.1) };
    const far = (roundTripMs: number): Results => results(row('1x200-10ms-converged', figures, { roundTripMs }));
    expect(verdicts('1 host x 200 tasks, 10 ms', far(11))).toEqual([true]);
    expect(verdicts('1 host x 200 tasks, 10 ms', far(10))).toEqual([false]);
  });
});

describe('the page', () => {
  const page = pageOf(
    results(fast, row('late', { floor: took(1), ansible: { ...took(), note: 'failed: exit code 1' } })),
  );

  test('tells medians, spread, the ratio to the floor and to each peer', () => {
    expect(page).toContain(
      '| work 50x20-converged | 2.20 (2.10..9.00)<br>1.10 x | 184<br>92.0 x | 66.0<br>33.0 x | 11.0<br>5.50 x | 2.00 (1.90..2.20) |',
    );
    expect(page).toContain('| work 50x20-converged | 83.6 x | 30.0 x | 5.00 x | 0.91 x |');
    expect(page).toContain('0.50 s, 60 MB');
  });

  test('tells the verdict on each goal, the machine, what is missing, what failed, and the command lines', () => {
    expect(page).toContain('| 50 hosts x 20 tasks, all as wanted | yes |');
    expect(page).toContain('2 cores (Z80), 24 GB');
    expect(page).toContain('- pssh: missing, not installed (Debian: pssh)');
    expect(page).toContain('Ansible, best settings: failed: exit code 1');
    expect(page).toContain('do <it> $D');
  });

  test('every row of a table has as many cells as its head', () => {
    const tables = page.match(/(^\|.*\n)+/gm) ?? [];
    const widths = tables.map(
      (table) =>
        new Set(
          table
            .trimEnd()
            .split('\n')
            .map((line) => line.split('|').length),
        ).size,
    );
    expect(widths).toEqual(tables.map(() => 1));
    expect(tables.length).toBeGreaterThan(3);
  });

  test('is a page without any measurement, too', () => {
    expect(pageOf(results())).toContain('| 200 small files to one host | not all measured |');
  });
});

describe('the picture', () => {
  const bars = (picture: string): readonly number[] =>
    [...picture.matchAll(/<rect [^>]*width="(\d+)"/g)].map((match) => Number(match[1]));

  test('has a bar a peer, longer for what takes longer, and says the ratio', () => {
    const picture = pictureOf(results(fast));
    const [playbook = 0, controlMaster = 0, mitogen = 0, ansible = 0, ...more] = bars(picture);
    expect(more).toEqual([]);
    expect(playbook).toBeGreaterThan(0);
    expect(controlMaster).toBeGreaterThan(playbook);
    expect(mitogen).toBeGreaterThan(controlMaster);
    expect(ansible).toBeGreaterThan(mitogen);
    expect(picture).toContain('>92.0 x</text>');
    expect(picture).toContain('prefers-color-scheme: dark');
  });

  test('a peer that is missing has no bar, and letters of XML are none in a title', () => {
    const picture = pictureOf(
      results(row('1x20-converged', { floor: took(1), playbook: took(1) }, { title: 'a < b & c' })),
    );
    expect(bars(picture)).toHaveLength(1);
    expect(picture).toContain('a &lt; b &amp; c');
  });
});

describe('the promotion', () => {
  const lines = [
    '1|All tables and Sequences|1|t',
    '4',
    'spa=65539 spb=195',
    'bench',
    '10.231.77.12',
    'dtService is running',
    'runs',
  ];

  test('is right when the new primary tells all that it must, and says what is not so', () => {
    expect(whatIsWrong(lines.join('\n'))).toBeUndefined();
    const halfWay = lines.with(2, 'spa=65731 spb=3').with(3, 'ERROR');
    expect(whatIsWrong(halfWay.join('\n'))).toBe(
      'on spb, capabilities: spa=65731 spb=3, and not spa=65539 spb=195; a row written: ERROR, and not bench',
    );
    expect(whatIsWrong(lines.slice(0, 6).join('\n'))).toBe('on spb, slon: nothing, and not runs');
  });

  test('is held against both scripts, in seconds', () => {
    const figures = { playbook: took(17.5), script: took(1.5), carefulScript: took(17) };
    const page = pageOf(results(row('promote-sp', figures, { group: 'A runbook', floor: 'script' })));
    expect(page).toContain('**not met**: 16.0 s more than the script (at most 1 s)');
    expect(page).toContain('met: 0.50 s more than the script that looks');
    expect(page).toContain('It does not believe that the primary is dead');
  });
});
