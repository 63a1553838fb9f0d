// A password that was asked for and not typed ends the command before anything is connected to.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askPasswords } from '../../src/cli/ask-passwords.js';
import type { Io } from '../../src/cli/io.js';
import { Redactor } from '../../src/core/redact.js';

/** A terminal at which somebody types this. */
function terminal(typed: string): Io {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  stdin.end(typed);
  // Only what asking needs of a process.
  return {
    stdin,
    stderr: new PassThrough(),
    environment: {},
    directory: '/',
    redactor: new Redactor(),
  } as unknown as Io;
}

test('an empty line and a closed terminal are no password', async () => {
  for (const typed of ['\n', '\r', '']) {
    expect(await askPasswords(terminal(typed), { ssh: true, become: false })).toMatchObject({
      ok: false,
      problems: [{ code: 'cli/no-password', hint: 'nothing was connected to' }],
    });
  }
});

test('what is typed is the password, and is hidden from then on', async () => {
  const io = terminal('correct horse\n');
  expect(await askPasswords(io, { ssh: true, become: false })).toEqual({
    ok: true,
    value: { password: 'correct horse' },
  });
  expect(io.redactor.text('it is correct horse')).toBe('it is ********');
});
