// Both ways with the programs themselves: what `age` and `sops` write opens here, and what the rig of these tests writes
// opens there, so that the rig may stand for them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openAge } from '../../../src/load/age/format.js';
import { readIdentity } from '../../../src/load/age/x25519.js';
import { withVault } from '../../../src/load/vault/open.js';
import { parseYaml } from '../../../src/load/yaml.js';
import { printed, skipsWithout } from '../../rigs/age-program.js';
import { ageKeys, armoredAge, sealAge, sealSops } from '../../rigs/sealed.js';

const directory = mkdtempSync(join(tmpdir(), 'playbook-age-'));
afterAll(() => rmSync(directory, { recursive: true }));

const keys = ageKeys();
const identities = [keys.identity].flatMap((each) => readIdentity(each) ?? []);
const keyFile = join(directory, 'keys.txt');
writeFileSync(keyFile, `# a comment\n${keys.identity}\n`);

const texts = [0, 1, 65_535, 65_536, 65_537, 200_000].map((length) => Buffer.alloc(length, 'canary '));

// Written by age 1.1.1 of Debian for the identity of 32 bytes `7`.
describe('a file that age wrote once', () => {
  const fixed = ageKeys(Buffer.alloc(32, 7));
  const theirs = [fixed.identity].flatMap((each) => readIdentity(each) ?? []);

  test.each(['bytes.age', 'armored.age'])('%s', (name) => {
    const content = readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
    expect(openAge(content, theirs)).toEqual(Buffer.from('canary of the fixture\n'));
  });
});

describe.skipIf(skipsWithout('age'))('age', () => {
  test('opens what the rig writes, and knows its keys', () => {
    expect(printed(['age-keygen', '-y', keyFile], '').toString().trim()).toBe(keys.recipient);
    for (const text of texts) {
      expect(printed(['age', '-d', '-i', keyFile], sealAge(text, ageKeys(), keys)).equals(text)).toBe(true);
      expect(printed(['age', '-d', '-i', keyFile], armoredAge(text, keys)).equals(text)).toBe(true);
    }
  });

  test('writes what opens here, with its armor and without', () => {
    for (const text of texts) {
      for (const armor of [[], ['-a']]) {
        const theirs = printed(['age', ...armor, '-r', ageKeys().recipient, '-r', keys.recipient], text);
        const opened = openAge(theirs, identities);
        expect(Buffer.isBuffer(opened) && opened.equals(text)).toBe(true);
      }
    }
  });
});

describe.skipIf(skipsWithout('sops'))('sops', () => {
  const environment = { ...process.env, SOPS_AGE_KEY_FILE: keyFile };
  const data = { word: 'canary', list: [1, 1.5, true, ''], deep: { shown_unencrypted: 'plain' } };

  test('opens what the rig writes', () => {
    const file = join(directory, 'ours.json');
    writeFileSync(file, JSON.stringify(sealSops(data, [keys])));
    expect(JSON.parse(printed(['sops', '-d', file], '', environment).toString())).toEqual(data);
  });

  test('writes what opens here', () => {
    const file = join(directory, 'theirs.json');
    writeFileSync(file, JSON.stringify(data));
    const text = printed(['sops', '-e', '--age', keys.recipient, file], '', environment).toString();
    const vault = {
      passwords: [],
      identities: () => ({ ok: true, value: identities }) as const,
      learn: () => undefined,
    };
    expect(withVault(vault, () => parseYaml({ path: file, text })).ok).toBe(true);
  });
});
