// The format against what Ansible itself wrote: vectors of its test suite (`ansible-*.txt`), and files that `ansible-vault`
// encrypted for this test (2.19, from its sources).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isVault, openEnvelope, readEnvelope, seal } from '../../../src/load/vault/format.js';
import { random } from '../../rigs/random.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const password = Buffer.from('pässwort mit leerzeichen');

function open(text: string, secret: Uint8Array = password): string {
  const envelope = readEnvelope(text);
  if ('kind' in envelope) return envelope.kind;
  return openEnvelope(envelope, secret)?.toString('latin1') ?? 'refused';
}

describe('what ansible-vault wrote opens here', () => {
  test.each(['utf8', 'bytes', 'block', 'empty'])('%s', (name) => {
    expect(open(fixture(`${name}.txt`).toString())).toBe(fixture(`${name}.plain`).toString('latin1'));
  });

  test.each(['ansible-1.1.txt', 'ansible-1.2.txt'])('%s of its own test suite', (name) => {
    const text = fixture(name).toString();
    expect(open(text, Buffer.from('test-vault-password'))).toBe('foobar\n');
    expect(open(text, Buffer.from('test-vault-passwore'))).toBe('refused');
  });

  test('the vault id of version 1.2 is known before the password', () => {
    expect(readEnvelope(fixture('bytes.txt').toString())).toMatchObject({ label: 'prod' });
  });
});

describe('what is written here is what ansible-vault writes', () => {
  test('byte by byte, for the same salt', () => {
    for (const [name, label] of [['utf8'], ['bytes', 'prod'], ['block'], ['empty']] as const) {
      const theirs = fixture(`${name}.txt`).toString();
      const envelope = readEnvelope(theirs);
      if ('kind' in envelope) throw new Error(envelope.message);
      expect(seal(fixture(`${name}.plain`), password, label, envelope.salt)).toBe(theirs);
    }
  });

  test('the label `default` needs no version 1.2, and every salt is another', () => {
    expect(seal(Buffer.from('x'), password, 'default')).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n/);
    expect(seal(Buffer.from('x'), password)).not.toBe(seal(Buffer.from('x'), password));
  });
});

describe('what is not whole is refused', () => {
  const text = fixture('utf8.txt').toString();

  const isRefused = (damaged: string): boolean => ['refused', 'damaged', 'unknown-format'].includes(open(damaged));

  test('every byte of the body with a bit flipped', () => {
    const dice = random();
    const passed: string[] = [];
    for (let at = text.indexOf('\n') + 1; at < text.length; at += 1) {
      const bytes = Buffer.from(text);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(dice.next() * 7));
      if (!isRefused(bytes.toString('latin1'))) passed.push(`seed ${dice.seed}, byte ${at}`);
    }
    expect(passed).toEqual([]);
  });

  test('every shorter text', () => {
    const whole = text.trimEnd();
    const lengths = Array.from({ length: whole.length }, (_, length) => length);
    expect(lengths.filter((length) => !isRefused(whole.slice(0, length)))).toEqual([]);
  });

  test.each([
    ['$ANSIBLE_VAULT;1.0;AES\n6162', 'unknown-format'],
    ['$ANSIBLE_VAULT;1.1;AES\n6162', 'unknown-format'],
    ['$ANSIBLE_VAULT;1.3;AES256\n6162', 'unknown-format'],
    ['$ANSIBLE_VAULT;', 'unknown-format'],
    ['$ANSIBLE_VAULT;1.1;AES256', 'damaged'],
    ['$ANSIBLE_VAULT;1.1;AES256\nzz', 'damaged'],
  ])('%j', (damaged, kind) => expect(open(damaged)).toBe(kind));

  test('another password', () => expect(open(text, Buffer.from('other'))).toBe('refused'));
});

test('line ends of Windows and blank lines at the end change nothing', () => {
  const text = fixture('utf8.txt').toString();
  expect(open(`${text.replaceAll('\n', '\r\n')}\r\n\r\n`)).toBe(fixture('utf8.plain').toString('latin1'));
});

test('what is a vault is known by its first bytes', () => {
  expect(isVault(Buffer.from('$ANSIBLE_VAULT;1.1;AES256\n'))).toBe(true);
  expect(isVault(Buffer.from('$ANSIBLE_VAUL'))).toBe(false);
  expect(isVault(' $ANSIBLE_VAULT;1.1;AES256\n')).toBe(false);
});
