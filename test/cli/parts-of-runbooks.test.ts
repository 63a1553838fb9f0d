// The shipped promotion cannot be run for one side of its pair, nor from behind what decides who is demoted.
import { expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';
import { programIn } from '../rigs/program-here.js';

const promote = ['run', 'promote-sp.yml', '-i', 'dc1.yml', '--list-hosts'];

test.each([
  [['--limit', 'spb'], exitCode.invalid, '`--limit spb` leaves out `spa`, which is the `old_primary`'],
  [['--limit', 'spa,spb'], exitCode.done, 'Make B the primary'],
  [['--start-at-task', 'P2.1 Stop dtService'], exitCode.invalid, '`taken_over` comes from the task'],
  [
    ['--start-at-task', "P2.6 Take the primary's capabilities from A, give them to B"],
    exitCode.invalid,
    '`taken_over`',
  ],
  [['--start-at-task', 'How Slony-I replicates fdb now'], exitCode.done, 'Make B the primary'],
  [['--start-at-task', 'P2.11 B is the master of a complete replication set'], exitCode.done, 'Make B the primary'],
])('%j', async (words, code, told) => {
  const ended = await programIn(projectRoot)([...promote, ...words]);
  expect([ended.code, ended.said]).toEqual([code, expect.stringContaining(told)]);
});
