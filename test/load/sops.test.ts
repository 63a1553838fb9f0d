// Files of SOPS: what is sealed is opened and hidden, what was changed by another hand is refused with its place.
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readIdentity } from '../../src/load/age/x25519.js';
import { compileValue } from '../../src/load/template.js';
import { withVault } from '../../src/load/vault/open.js';
import { parseYaml } from '../../src/load/yaml.js';
import { Scope } from '../../src/core/scope.js';
import { whereIs } from '../../src/core/source.js';
import { ageKeys, sealSops } from '../rigs/sealed.js';

const mine = ageKeys();
const other = ageKeys();
const data = {
  password: 'canary {{ not_a_template }}',
  plain_unencrypted: { word: 'shown', port: 5432, ratio: 0.00000025, yes: true, no: false, nothing: null },
  list: ['first', 2, false, 1.5, '', { deep: 'quoted "and" more' }],
};

interface Read {
  readonly value: unknown;
  readonly problems: readonly string[];
  readonly learned: readonly string[];
}

function read(text: string, keys: readonly (typeof mine)[] = [mine]): Read {
  const learned: string[] = [];
  const identities = keys.flatMap(({ identity }) => readIdentity(identity) ?? []);
  const vault = {
    passwords: [],
    identities: () => ({ ok: true, value: identities }) as const,
    learn: (secret: string) => learned.push(secret),
  };
  const parsed = withVault(vault, () => parseYaml({ path: 'f.yml', text }));
  const problems = parsed.ok ? [] : parsed.problems;
  const compiled = parsed.ok ? compileValue(parsed.value) : parsed;
  const rendered = compiled.ok ? compiled.value.render(Scope.empty) : compiled;
  return {
    value: rendered.ok ? rendered.value : undefined,
    problems: problems.map((each) => `${each.span === undefined ? '' : whereIs(each.span)} ${each.code}`),
    learned,
  };
}

test.each([
  ['YAML', stringify],
  ['JSON', (tree: unknown) => JSON.stringify(tree, undefined, '\t')],
])('in %s is opened with its types, each encrypted value a secret that is no template', (_, write) => {
  for (const options of [{}, { macOnlyEncrypted: true }]) {
    const { value, problems, learned } = read(write(sealSops(data, [other, mine], options)));
    expect(problems).toEqual([]);
    expect(value).toEqual(data);
    expect(learned).toEqual(['canary {{ not_a_template }}', 'first', '2', '1.5', 'quoted "and" more']);
  }
});

test('without a key, or with that of somebody else, nothing is opened', () => {
  const text = stringify(sealSops({ a: 'b' }, [other]));
  expect(read(text, []).problems).toEqual(['f.yml:2:1 age/no-identity']);
  expect(read(text).problems).toEqual(['f.yml:2:1 age/wrong-identity']);
});

const lines = (): string[] => stringify(sealSops(data, [mine]), { lineWidth: 0 }).split('\n');
const edited = (change: (all: string[]) => void): readonly string[] => {
  const all = lines();
  change(all);
  return read(all.join('\n')).problems;
};

test('a value that was changed, moved, added, taken out or shown in plain text is found', () => {
  const swap = (all: string[], one: number, two: number): void => {
    [all[one], all[two]] = [all[two] ?? '', all[one] ?? ''];
  };
  const at = (all: readonly string[], start: string): number => all.findIndex((line) => line.trim().startsWith(start));
  expect(edited(() => undefined)).toEqual([]);
  expect(edited((all) => (all[0] = all[0]?.replace(/data:./, 'data:0') ?? ''))).toEqual(['f.yml:1:11 sops/changed']);
  expect(edited((all) => (all[0] = all[0]?.replace('password', 'passwort') ?? ''))).toEqual([
    'f.yml:1:11 sops/changed',
  ]);
  expect(edited((all) => swap(all, at(all, '- ENC'), at(all, '- ENC') + 1))[0]).toMatch(/sops\/changed/);
  for (const change of [
    (all: string[]) => void all.splice(1, 0, 'more: word'),
    (all: string[]) => void all.splice(0, 1),
    (all: string[]) => void (all[at(all, 'port')] = '  port: 5433'),
    (all: string[]) => void (all[0] = 'password: canary'),
    (all: string[]) => void (all[at(all, 'lastmodified')] = '  lastmodified: 2026-01-02T03:04:06Z'),
  ])
    expect(edited(change)[0]).toMatch(/ sops\/changed$/);
});

test('a file for other keys than those of age says so', () => {
  const sealed = sealSops({ a: 'b' }, [mine]);
  expect(read(stringify({ ...sealed, sops: { ...(sealed['sops'] as object), age: [] } })).problems).toEqual([
    'f.yml:2:1 sops/not-age',
  ]);
  expect(
    read(stringify({ ...sealed, sops: { ...(sealed['sops'] as object), key_groups: [{ age: [] }, { age: [] }] } }))
      .problems,
  ).toEqual(['f.yml:2:1 sops/not-age']);
});

test('a map with a key `sops` of its own is a map', () => {
  expect(read('sops: { mac: mine }').value).toEqual({ sops: { mac: 'mine' } });
});
