// What arrives is what was said: naughty texts as values of an inventory, through every place that a module has for
// them, read back by real shells, by files, by a second reader of .properties files and by a real PostgreSQL.
// `npm test` takes a part; PLAYBOOK_STRINGS=100000 says how many are to be made, each of which then goes through each shell.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BoundModule, Hands } from '../../src/core/module.js';
import { planOf } from '../../src/core/plan.js';
import { javaLoad } from '../rigs/java-load.js';
import { localHands } from '../rigs/local-hands.js';
import { outcomeOf, shellsHere } from '../rigs/local-senses.js';
import type { Shell } from '../rigs/local-senses.js';
import { startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';
import { generated, wellKnown } from '../rigs/naughty.js';
import { random } from '../rigs/random.js';
import { held, said } from '../rigs/said-values.js';
import type { Said } from '../rigs/said-values.js';

const dice = random();
const count = Number(process.env['PLAYBOOK_STRINGS'] ?? 5_000);
const texts: readonly string[] = [...wellKnown, ...generated(count, dice)];
const batchSize = 500;
const batches = Array.from({ length: Math.ceil(texts.length / batchSize) }, (_, index) =>
  texts.slice(index * batchSize, (index + 1) * batchSize),
);
/** The well-known ones go through every shell; of the others each shell takes a share, unless their number was asked for. */
const shareOf = (shell: number): readonly (readonly string[])[] =>
  batches.filter(
    (_, index) => index < 2 || index % shells.length === shell || process.env['PLAYBOOK_STRINGS'] !== undefined,
  );
/** No file says these as keys. */
const reservedKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** For all batches within one test. */
const patienceMs = 60_000 + count * 30;

const directory = mkdtempSync(join(tmpdir(), 'playbook-quoting-'));
afterAll(() => rmSync(directory, { recursive: true }));

const shells = shellsHere(directory);
const framed = (text: string): readonly string[] => text.split('\0').slice(0, -1);

/** Tells the figures of one place, and gives some of what arrived otherwise. */
function told(place: string, tried: number, hits: readonly unknown[], refused = 0): readonly unknown[] {
  const more = refused === 0 ? '' : `, ${refused} refused with a reason`;
  console.log(
    `quoting: ${place}: ${tried} strings tried, ${hits.length} changed on the way${more} (seed ${dice.seed})`,
  );
  return hits.slice(0, 3);
}

/** What did not arrive as it was said. */
function differences(wanted: readonly string[], arrived: readonly string[]): readonly unknown[] {
  if (wanted.length !== arrived.length) return [{ wanted: wanted.length, arrived: arrived.length }];
  return wanted.flatMap((text, index) => (arrived[index] === text ? [] : [{ said: text, arrived: arrived[index] }]));
}

async function outputOf(bound: BoundModule, shell?: Shell, environment?: Said): Promise<string> {
  const outcome = await outcomeOf(bound, {
    ...(shell === undefined ? {} : { shell }),
    ...(environment === undefined ? {} : { environment: environment.environment(0) as Record<string, string> }),
  });
  expect(outcome.failure).toBeUndefined();
  const { stdout } = outcome.result;
  return typeof stdout === 'string' ? stdout : '';
}

test('there are more than 500 well-known strings', () => {
  expect(wellKnown.length).toBeGreaterThan(500);
});

describe.each(shells.map((shell, index) => [shell.name, shell, index] as const))('by %s', (name, shell, number) => {
  const share = shareOf(number);
  const places: readonly (readonly [place: string, task: string, wanted: (text: string) => string])[] = [
    ['an argument of `command`', `- command: printf '%s\\0' {{values}}`, (text) => text],
    [
      'a part of an argument of `command`',
      `- command: printf '%s\\0' {{#each values}}a"{{this}}"'{{this}}' {{/each}}`,
      (text) => `a${text}${text}`,
    ],
    ['a word of `shell`', `- shell: printf '%s\\0' {{values}}`, (text) => text],
    [
      'a value in quotes in `shell`',
      `- shell: "{{#each values}}printf '%s\\\\0' \\"a{{this}}\\"'{{this}}'{{this}}b;{{/each}}"`,
      (text) => `a${text}${text}${text}b`,
    ],
    [
      'a value in a substitution in `shell`',
      `- shell: "{{#each values}}printf '%s\\\\0' \\"$(printf %s {{this}} \\"{{this}}\\"; echo .)\\";{{/each}}"`,
      (text) => `${text}${text}.`,
    ],
    ['an argument of `script`', '- script: { file: say.sh, args: "{{values}}" }', (text) => text],
  ];

  test.each(places)(
    'as %s',
    async (place, task, wanted) => {
      const hits: unknown[] = [];
      // Each text costs a process there, so fewer are taken.
      const some = place.includes('substitution') ? share.slice(0, Math.ceil(share.length / 10)) : share;
      for (const batch of some) {
        const { bind } = said(batch, task, { 'say.sh': `printf '%s\\0' "$@"\n` });
        hits.push(...differences(batch.map(wanted), framed(await outputOf(held(bind(0)), shell))));
      }
      expect(told(`${place}, ${name}`, some.flat().length, hits)).toEqual([]);
    },
    patienceMs,
  );

  test(
    'as an environment variable',
    async () => {
      const hits: unknown[] = [];
      for (const batch of share) {
        const variables = batch.map((_, index) => `V${index}: "{{lookup values ${index}}}"`).join(', ');
        const task = said(batch, `- command: env -0\n  environment: { ${variables} }`);
        const output = await outputOf(held(task.bind(0)), shell, task);
        const seen = new Map(
          framed(output).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
        );
        hits.push(
          ...differences(
            batch,
            batch.map((_, index) => seen.get(`V${index}`) ?? 'is not there'),
          ),
        );
      }
      expect(told(`an environment variable, ${name}`, share.flat().length, hits)).toEqual([]);
    },
    patienceMs,
  );
});

test(
  'as the content of a file, and in a template',
  async () => {
    const hits: unknown[] = [];
    const mark = '\n-- the next --\n';
    for (const [index, batch] of batches.entries()) {
      const [copied, filled] = ['copied', 'filled'].map((name) => join(directory, `${name}-${index}`));
      const { bind } = said(
        batch,
        `- copy: { dest: ${copied}, content: "{{#each values}}{{this}}${mark.replaceAll('\n', '\\n')}{{/each}}" }\n` +
          `- template: { dest: ${filled}, src: all.hbs }`,
        { 'all.hbs': `{{#each values}}{{this}}${mark}{{/each}}` },
      );
      for (const [task, path] of [copied, filled].entries()) {
        const { failure } = await outcomeOf(held(bind(task)));
        expect(failure).toBeUndefined();
        hits.push(
          ...differences(
            batch,
            readFileSync(path ?? '', 'utf8')
              .split(mark)
              .slice(0, -1),
          ),
        );
      }
    }
    expect(told('the content of `copy` and `template`', texts.length, hits)).toEqual([]);
  },
  patienceMs,
);

/** Hands on one file that is held here. */
function oneFile(path: string, text: string): { readonly hands: Hands; readonly text: () => string } {
  let content: Uint8Array = Buffer.from(text);
  const file = { path, kind: 'file', mode: '0644', owner: 'root', group: 'root', modifiedAtSeconds: 0 } as const;
  return {
    text: () => Buffer.from(content).toString('utf8'),
    hands: {
      ...localHands(),
      look: () => Promise.resolve({ rc: 0, stdout: `${path}\n`, stderr: '' }),
      stat: () => Promise.resolve({ ...file, sizeBytes: content.length }),
      read: () => Promise.resolve(content),
      file: () => Promise.resolve({ ...file, sizeBytes: content.length, content, sha256: sha256(content) }),
      write: async (_path, bytes) => void (content = bytes),
    },
  };
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function applied(bound: BoundModule, hands: Hands): Promise<void> {
  const found = await bound.inspect(hands);
  const plan = planOf(found, bound.want(found));
  if (plan.kind === 'change') await bound.apply?.(plan.change, hands);
  if (plan.kind === 'refuse') throw new Error(plan.message);
}

test(
  'as a line of a file',
  async () => {
    const hits: unknown[] = [];
    let refused = 0;
    for (const batch of batches) {
      const { bind } = said(batch, '- lineinfile: { path: /f, line: "{{item}}" }\n  loop: "{{values}}"');
      for (const text of batch) {
        const bound = bind(0, text);
        if (!bound.ok) {
          // Two lines are no line.
          if (!/[\r\n]/.test(text)) hits.push(text);
          refused += 1;
          continue;
        }
        const file = oneFile('/f', 'before\n');
        await applied(bound.value, file.hands);
        hits.push(...differences([text === 'before' ? 'before\n' : `before\n${text}\n`], [file.text()]));
      }
    }
    expect(told('a line of `lineinfile`', texts.length, hits, refused)).toEqual([]);
  },
  patienceMs,
);

test(
  'as a key and its value in a .properties file',
  async () => {
    const hits: unknown[] = [];
    let tried = 0;
    for (const batch of batches) {
      // A key stands in the playbook itself, once.
      const keys = [...new Set(batch)].filter((text) => text !== '' && text !== 'other' && !reservedKeys.has(text));
      tried += keys.length;
      const pairs = keys.map((key) => `${JSON.stringify(key)}: "{{lookup values ${batch.indexOf(key)}}}"`);
      const { bind } = said(batch, `- properties: { path: /f, set: { ${pairs.map(inAscii).join(', ')} } }`);
      const file = oneFile('/f', '# a comment\nother=1\n');
      await applied(held(bind(0)), file.hands);
      const read = javaLoad(file.text());
      const arrived = ['other', ...keys].map((key) => read.get(key) ?? 'is not there');
      hits.push(...differences(['1', ...keys], arrived));
    }
    expect(told('a key and its value of `properties`', tried, hits)).toEqual([]);
  },
  patienceMs,
);

const inAscii = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('in a real PostgreSQL', () => {
  let rig: DatabaseRig;
  beforeAll(async () => void (rig = await startDatabase()), 60_000);
  afterAll(() => rig[Symbol.asyncDispose]());

  test(
    'as one of many parameters, and as an item of an array',
    async () => {
      const hits: unknown[] = [];
      for (const batch of batches) {
        const { bind } = said(
          batch,
          '- sql: { query: "select v from unnest(array[{{#each values}}{{#unless @first}}, {{/unless}}{{this}}::text{{/each}}]) v" }\n' +
            '- sql: { query: "select v from unnest({{values}}::text[]) v" }',
        );
        for (const task of [0, 1]) {
          const { rows } = (await held(bind(task)).inspect(rig.hands('postgres'))) as {
            rows: readonly { v: string }[];
          };
          hits.push(
            ...differences(
              batch,
              rows.map(({ v }) => v),
            ),
          );
        }
      }
      expect(told('a parameter of SQL, and an item of an array', texts.length, hits)).toEqual([]);
    },
    patienceMs,
  );

  test(
    'as an identifier',
    async () => {
      const hits: unknown[] = [];
      let tried = 0;
      let refused = 0;
      for (const batch of batches) {
        const one = said([], '- sql: { query: "select 1 as {{ident item}}" }');
        const long = batch.filter((text) => text === '' || Buffer.byteLength(text) > 63);
        hits.push(...long.filter((text) => one.bind(0, text).ok));
        refused += long.length;
        const names = [...new Set(batch)].filter((text) => !long.includes(text));
        tried += names.length + long.length;
        const columnsOf = '{{#each values}}{{@index}}::int as {{ident this}}, {{/each}}1 as the_end';
        const { bind } = said(names, `- sql: { query: "select ${columnsOf}" }`);
        const { columns } = (await held(bind(0)).inspect(rig.hands('postgres'))) as { columns: readonly string[] };
        hits.push(...differences([...names, 'the_end'], columns));
      }
      expect(told('an identifier of SQL', tried, hits, refused)).toEqual([]);
    },
    patienceMs,
  );

  test('nothing but what was said has happened', async () => {
    const session = await rig.session('postgres');
    const { rows } = await session.query("select relname from pg_class where relnamespace = 'public'::regnamespace");
    expect(rows).toEqual([]);
  });
});

test.each([
  ['`command`', '- command: echo {{item}}'],
  ['`command` as a list', '- command: { argv: [echo, "{{item}}"] }'],
  ['`shell`', '- shell: echo {{item}}'],
  ['`script`', '- script: { file: say.sh, args: ["{{item}}"] }'],
  ['the environment', '- command: env\n  environment: { V: "{{lookup values 0}}" }'],
  ['a parameter of SQL', '- sql: { query: "select {{item}}" }'],
  ['an array of SQL', '- sql: { query: "select {{values}}" }'],
  ['an identifier of SQL', '- sql: { query: "select 1 as {{ident item}}" }'],
])('NUL in %s is refused, and it is said why', async (_place, task) => {
  const text = 'a\0b';
  const all = said([text], task, { 'say.sh': '' });
  const bound = all.bind(0, text);
  const words = bound.ok
    ? (
        await outcomeOf(
          bound.value,
          task.includes('environment') ? { environment: all.environment(0) as Record<string, string> } : {},
        )
      ).failure?.message
    : bound.problems.map(({ message }) => message).join();
  expect(words).toMatch(/NUL byte/);
});
