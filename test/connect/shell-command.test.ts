// The command line that a login shell reads must mean the same to all of them.
import { spawnSync } from 'node:child_process';
import { array, assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyShellWords,
  encodeScript,
  isSafeInAnyShell,
  scriptOf,
  starterWords,
} from '../../src/connect/shell-command.js';
import type { Command } from '../../src/core/connection.js';
import { hasShell } from '../rigs/shells.js';

const command: Command = { kind: 'shell', script: "echo 'it''s' \"$((6 * 7))\" `echo !` \\\\; printf '%s\\n' $#" };
const shells = ['sh', 'bash', 'dash', 'ksh', 'mksh', 'zsh', 'csh', 'tcsh', 'fish', 'busybox'].filter(hasShell);

function through(shell: string, script: string): string {
  const line = `exec ${anyShellWords(starterWords('playbook-0', command))}`;
  const words = shell === 'busybox' ? ['sh', '-c', line] : ['-c', line];
  const { stdout } = spawnSync(shell, words, { input: Buffer.from(encodeScript(script), 'latin1'), encoding: 'utf8' });
  return stdout.replace(/^[^]*?playbook-0 \d+ \d+\n/, '');
}

describe('a command line', () => {
  it.each(shells)('means the same to %s', (shell) => {
    expect(through(shell, scriptOf('spb', '/var/tmp/playbook', { command, timeoutMs: 1, mutates: false }))).toBe(
      'its 42 ! \\\n0\n',
    );
  });

  it('has nothing in it that any shell reads in its own way', () => {
    expect(starterWords('playbook-0', command).filter((word) => !isSafeInAnyShell(word))).toEqual([]);
  });

  it('is one line, whatever the script', () => {
    expect(encodeScript('a\nb\\ é%s\t')).toBe('a\\0012b\\0134 \\0303\\0251%s\\0011\n');
  });

  it('carries every value to the far side as it is', () => {
    const text = string({ unit: 'grapheme', maxLength: 40 }).filter((each) => !each.includes('\0'));
    assert(
      property(array(text, { minLength: 1, maxLength: 5 }), text, (words, value) => {
        const argv = ['sh', '-c', 'printf "%s|" "$VALUE" "$@"', 'sh', ...words];
        const script = scriptOf('spb', '/var/tmp/playbook', {
          command: { kind: 'argv', argv },
          environment: { VALUE: value },
          timeoutMs: 1,
          mutates: false,
        });
        expect(through('sh', script)).toBe(`${[value, ...words].join('|')}|`);
      }),
      { numRuns: 60 },
    );
  });
});
