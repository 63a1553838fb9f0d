// The format against the vectors that its author keeps for every program that reads it (C2SP CCTV, package `cctv-age`).
import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { expect, test } from 'vitest';
import { openAge } from '../../../src/load/age/format.js';
import { readIdentity } from '../../../src/load/age/x25519.js';
import { random } from '../../rigs/random.js';

interface Vector {
  readonly name: string;
  readonly expect: string;
  readonly payload: string | undefined;
  readonly identities: readonly string[];
  readonly content: Buffer;
}

function parse([name, file]: readonly [string, Uint8Array]): Vector {
  const bytes = Buffer.from(file);
  const end = bytes.indexOf('\n\n');
  const says = bytes
    .toString('latin1', 0, end)
    .split('\n')
    .map((line) => line.split(': ') as [string, string]);
  const said = (key: string): string | undefined => says.find(([each]) => each === key)?.[1];
  const raw = bytes.subarray(end + 2);
  return {
    name,
    expect: said('expect') ?? '',
    payload: said('payload'),
    identities: says.flatMap(([key, value]) => (key === 'identity' ? [value] : [])),
    content: said('compressed') === 'zlib' ? inflateSync(raw) : raw,
  };
}

const all = Object.entries(vectors).map(parse);
// Identities of other kinds, such as those against quantum computers, are not read here.
const ours = all.filter(({ identities }) => identities.every((each) => readIdentity(each) !== undefined));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('most vectors are of the kind that is read here', () => {
  console.log(`age: ${ours.length} of ${all.length} vectors tried`);
  expect(ours.length).toBeGreaterThan(100);
});

interface Told {
  readonly sha256: string | undefined;
  readonly kind: string | undefined;
}

function open({ content, identities }: Vector): Told {
  const keys = identities.flatMap((each) => readIdentity(each) ?? []);
  const opened = openAge(content, keys);
  return Buffer.isBuffer(opened)
    ? { sha256: sha256(opened), kind: undefined }
    : { sha256: undefined, kind: opened.kind };
}

const opens = (each: Vector): boolean => each.expect === 'success' && each.identities.length > 0;

test.each(ours.filter(opens))('$name opens', (vector) => {
  expect(open(vector).sha256).toBe(vector.payload);
});

test.each(ours.filter((each) => !opens(each)))('$name does not: $expect', (vector) => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    // Passphrases are told as such, and not asked for.
    success: ['passphrase'],
    'no match': ['no-match', 'passphrase'],
    'header failure': ['damaged', 'unknown-format', 'passphrase'],
  };
  expect(kinds[vector.expect] ?? ['damaged', 'passphrase']).toContain(open(vector).kind);
});

test('no flipped bit is let pass, wherever it is', () => {
  const dice = random();
  const whole = ours.find(({ name }) => name === 'x25519');
  if (whole === undefined) throw new Error('the vector is gone');
  const identities = whole.identities.flatMap((each) => readIdentity(each) ?? []);
  const passed: string[] = [];
  for (let at = 0; at < whole.content.length; at += 1) {
    const bytes = Buffer.from(whole.content);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(dice.next() * 8));
    if (Buffer.isBuffer(openAge(bytes, identities))) passed.push(`seed ${dice.seed}, byte ${at}`);
  }
  expect(passed).toEqual([]);
});

test.each([
  '',
  'AGE-SECRET-KEY-1',
  'age1qqq',
  'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ3290G4',
])('%j is no identity', (word) => {
  expect(readIdentity(word)).toBeUndefined();
});
