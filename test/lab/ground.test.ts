import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import { makeKeys } from '../../src/lab/ground.js';

test('every key that a lab makes can be read back', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const keys = makeKeys(directory, 300);
  expect(keys.hostKeys).toHaveLength(300);
  const client = readFileSync(keys.privateKeyFile, 'utf8');
  const texts = [client, ...keys.hostKeys.flatMap((each) => [each.private, each.public])];
  expect(texts.map((each) => ssh2.utils.parseKey(each)).filter((each) => each instanceof Error)).toEqual([]);
});
