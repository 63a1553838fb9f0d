// What is told of an apply of several steps that broke off between two of them.
import { expect, test } from 'vitest';
import type { CommandResult, Hands } from '../../src/core/module.js';
import { WorldError } from '../../src/core/world-error.js';
import type { WorldErrorKind } from '../../src/core/world-error.js';
import { knowingTouches } from '../../src/engine/touched.js';

const fine: CommandResult = { rc: 0, stdout: '', stderr: '' };

/** Hands whose commands end well, until one that is called like a kind of error. */
const hands = {
  host: 'a',
  look: () => Promise.resolve(fine),
  run: ({ argv }: { readonly argv: readonly [WorldErrorKind | 'fine'] }) =>
    argv[0] === 'fine' ? Promise.resolve(fine) : Promise.reject(new WorldError(argv[0], 'lost')),
} as unknown as Hands;

async function kindAfter(...commands: readonly string[]): Promise<string> {
  try {
    await knowingTouches(hands, async (own) => {
      for (const command of commands) {
        if (command === 'look') await own.look({ kind: 'argv', argv: ['x'] });
        else await own.run({ kind: 'argv', argv: [command] });
      }
    });
    return 'fine';
  } catch (error) {
    if (error instanceof WorldError) return error.kind;
    throw error;
  }
}

test.each([
  [['fine', 'fine'], 'fine'],
  [['unreachable'], 'unreachable'],
  [['look', 'unreachable'], 'unreachable'],
  [['interrupted'], 'interrupted'],
  [['fine', 'unreachable'], 'in-doubt'],
  [['fine', 'look', 'interrupted'], 'in-doubt'],
  [['fine', 'failed'], 'failed'],
  [['in-doubt'], 'in-doubt'],
])('%j is told as %s', async (commands, kind) => {
  expect(await kindAfter(...commands)).toBe(kind);
});
