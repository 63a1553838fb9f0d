import { describe, expect, it } from 'vitest';
import { fail } from '../../src/modules/fail.js';
import { planFor } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const hands = answeringHands();

describe('fail', () => {
  it('refuses, in its own words when it has some', async () => {
    expect(await planFor(fail, { msg: 'stop' }, hands)).toEqual({ kind: 'refuse', message: 'stop' });
    expect(await planFor(fail, {}, hands)).toEqual({ kind: 'refuse', message: 'failed as requested from task' });
  });
});
