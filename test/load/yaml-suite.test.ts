// The YAML test suite, read from outside of this project: each of its cases becomes a tree or problems with a place, never a
// crash. Where our verdict is not the suite's, the reason is written down here, case by case.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseAnyYaml } from 'yaml';
import type { Result } from '../../src/core/result.js';
import type { Node } from '../../src/load/node.js';
import { plainData } from '../../src/load/node-data.js';
import { parseYaml } from '../../src/load/yaml.js';
import { projectRoot } from '../rigs/command-line.js';

const places = [process.env['PLAYBOOK_CORPORA'], '../shared/corpora', '../../shared/corpora'].flatMap((each) =>
  each === undefined ? [] : [join(each.startsWith('/') ? '' : projectRoot, each, 'yaml-test-suite')],
);
const suite = places.find((each) => existsSync(each));

interface Case {
  readonly id: string;
  readonly yaml: string;
  readonly fails: boolean;
  readonly json: string | undefined;
}

type Raw = Readonly<Record<'yaml' | 'json' | 'fail' | 'skip', unknown>>;

function casesOf(directory: string): readonly Case[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .flatMap((name) => {
      const raws = parseAnyYaml(readFileSync(join(directory, name), 'utf8')) as readonly Raw[];
      return raws.flatMap((raw, index): readonly Case[] => {
        if (typeof raw.yaml !== 'string') return [];
        const id = name.replace('.yaml', raws.length > 1 ? `/${index}` : '');
        const json = typeof raw.json === 'string' ? raw.json : undefined;
        return [{ id, yaml: visible(raw.yaml), fails: raw.fail === true, json }];
      });
    });
}

/** The suite writes characters that nobody sees as ones that everybody sees. */
function visible(text: string): string {
  return text
    .replaceAll('␣', ' ')
    .replaceAll(/—*»/g, '\t')
    .replaceAll('⇔', '\uFEFF')
    .replaceAll('←', '\r')
    .replaceAll('↵', '')
    .replace(/∎\n$/, '');
}

function parse({ id, yaml }: Case): Result<Node> {
  return parseYaml({ path: `${id}.yaml`, text: yaml });
}

if (suite === undefined) {
  console.warn(`SKIPPED: no YAML test suite in ${places.join(', ')}; set PLAYBOOK_CORPORA to the folder that holds it`);
}

/** What is refused here though it is YAML, by the code of the first problem, and why. */
const stricter: Readonly<Record<string, { readonly why: string; readonly cases: string }>> = {
  'yaml/key': {
    why: 'keys are texts here: data that goes to JSON knows no key that is a list, a map or nothing',
    cases: `2JQS 4FJ6 6BFJ 6M2F 6PBE 9MMW CFD4 DFF7 FH7J FRK4 KK5P LX3P M2N8/0 M2N8/1 M5DY NHX8 PW8X Q9WF RZP5 S3PD SBG9
      SM9W/1 UKK6/0 V9D5 X38W XW4D`,
  },
  'yaml/several-documents': {
    why: 'one document a file: of two, one would be lost unseen',
    cases: '35KP 5TYM 6WLZ 6XDY 6ZKB 7Z25 9DXL 9KAX 9WXW JHB9 KSS4 L383 M7A3 NKF9 PUW8 RZT7 U9NS UT92 W4TN',
  },
  'yaml/syntax': {
    why: 'directives that no one knows are mistakes here, which YAML only wants warned of',
    cases: '2LFX 6LVF BEC7 MUS6/5 MUS6/6 ZYU8/0 ZYU8/1 ZYU8/2 ZYU8/3',
  },
  'yaml/unknown-alias': {
    why: 'names of anchors that end with a colon: the parser takes the colon for that of the key',
    cases: '2SXE W5VH',
  },
  'yaml/unknown-tag': {
    why: 'no tag makes anything here, and one that is not obeyed would be a wrong value',
    cases: '2XXW 565N 6CK3 7FWL C4HZ CC74 CUP7 J7PZ M5C3 P76L UGM3 Z67P Z9M4',
  },
  'yaml/version': { why: 'YAML 1.1 reads `yes` and `0644` as other things', cases: 'MUS6/2 MUS6/3 MUS6/4' },
};

/** What is read here though the suite wants it refused, and why that does no harm. */
const milder: Readonly<Record<string, string>> = { SF5V: 'a version that is said twice, the same both times' };

/** Read here as other data than the suite's JSON, and why. */
const otherwise: Readonly<Record<string, string>> = {
  RR7F: 'the same, with its keys in the order of the file',
};

describe.skipIf(suite === undefined)('the YAML test suite', () => {
  const cases = suite === undefined ? [] : casesOf(suite);
  const results = cases.map((each) => [each, parse(each)] as const);

  test('gives a tree, or problems that each have a place', () => {
    const placeless = results.filter(
      ([, result]) =>
        !result.ok && (result.problems.length === 0 || result.problems.some((each) => each.span === undefined)),
    );
    expect(placeless.map(([{ id }]) => id)).toEqual([]);
    const read = results.filter(([, result]) => result.ok).length;
    console.log(`YAML test suite: ${cases.length} cases, ${read} read, ${cases.length - read} refused`);
    expect(cases.length).toBeGreaterThan(350);
  });

  test('is refused where the suite says so, and elsewhere only for a reason', () => {
    const refused: Record<string, string[]> = {};
    for (const [{ id, fails }, result] of results) {
      if (!result.ok && !fails) (refused[result.problems[0]?.code ?? ''] ??= []).push(id);
    }
    const known = Object.entries(stricter).map(([code, { cases: ids }]) => [code, ids.split(/\s+/)] as const);
    expect(refused).toEqual(Object.fromEntries(known));
    const readAnyway = results.filter(([{ fails }, result]) => result.ok && fails).map(([{ id }]) => id);
    expect(readAnyway).toEqual(Object.keys(milder));
  });

  test('is read as the suite reads it', () => {
    const different = results.flatMap(([{ id, json }, result]) => {
      if (!result.ok || json === undefined || json.trim() === '') return [];
      const same = JSON.stringify(plainData(result.value)) === JSON.stringify(JSON.parse(json));
      return same ? [] : [id];
    });
    expect(different).toEqual(Object.keys(otherwise));
  });
});
