import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { interpreterOf, script } from '../../src/modules/script.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

const file = (text: string, path = 'files/do it.sh') => ({ path, content: Buffer.from(text) });

describe('interpreterOf', () => {
  it.each([
    ['echo', ['/bin/sh']],
    ['#!/bin/bash\necho', ['/bin/bash']],
    ['#! /usr/bin/env  python3 -u \necho', ['/usr/bin/env', 'python3 -u']],
    ['#!/bin/sh\r\necho', ['/bin/sh']],
    ['', ['/bin/sh']],
    ['#!\n', ['/bin/sh']],
  ])('%j', (text, words) => {
    expect(interpreterOf(Buffer.from(text))).toEqual(words);
  });
});

describe('script on this machine', () => {
  it('runs the file with its interpreter and arguments, reading nothing', async () => {
    const { told } = await stepHere(script, {
      file: file('#!/bin/bash\nprintf "[%s]" "${BASH_VERSION:+bash}" "$@" "$(cat)" "${0##*/}"'),
      args: ['a b', '$(id)', ''],
    });
    expect(told).toMatchObject({ rc: 0, stdout: '[bash][a b][$(id)][][][do_it.sh]' });
  });

  it('leaves nothing behind, and runs in a directory nobody else can read', async () => {
    await using directory = await temporaryDirectory();
    const hands = localHands();
    const run: typeof hands.run = (command, options) =>
      hands.run(command, { ...options, environment: { TMPDIR: directory.path } });
    const { told } = await stepHere(
      script,
      { file: file('stat -c %a "${0%/*}" "$0"; umask'), expect_rc: [0] },
      { ...hands, run },
    );
    expect(told['stdout_lines']).toEqual(['700', '700', expect.stringMatching(/^0\d+$/)]);
    expect(told['stdout_lines']).not.toContain('0077');
    expect(await readdir(directory.path)).toEqual([]);
  });

  it('passes the exit code on', async () => {
    const args = { file: file('exit 4', '-rf'), chdir: '/' };
    await expect(stepHere(script, args)).rejects.toMatchObject({ details: { rc: 4 } });
    expect((await stepHere(script, { ...args, expect_rc: [4] })).told['rc']).toBe(4);
  });

  it('carries bytes that are no text', async () => {
    const content = Buffer.concat([
      Buffer.from('printf %s "'),
      Buffer.from([0xe9, 0xff]),
      Buffer.from('" | od -An -tx1'),
    ]);
    const { told } = await stepHere(script, { file: { path: 'x', content } });
    expect(told['stdout']).toBe(' e9 ff');
  });
});
