// What `!secret` names is read once, and is nowhere afterwards but with who asked for it.
import { expect, test } from 'vitest';
import { secretReader } from '../../src/cli/secret-reader.js';
import { Redactor } from '../../src/core/redact.js';

const span = { source: { path: 'hosts.yml', text: '' }, start: 0, end: 0 };

test('a variable is taken out of the environment that other programs get, and is still known', () => {
  const environment: NodeJS.ProcessEnv = { SECRET: 'canary', OTHER: 'stays' };
  const { stdin, stdout, stderr } = process;
  const read = secretReader({ stdin, stdout, stderr, environment, directory: '/', redactor: new Redactor() });
  for (const _ of [1, 2]) expect(read({ kind: 'env', name: 'SECRET' }, span)).toEqual({ ok: true, value: 'canary' });
  expect(environment).toEqual({ OTHER: 'stays' });
});
