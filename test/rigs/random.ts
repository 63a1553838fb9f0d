// Chance that can be had again: every test that throws dice prints its seed, and PLAYBOOK_SEED brings the same ones back.

/** Numbers from 0 up to 1, and the seed that they come from. */
export interface Dice {
  readonly seed: number;
  next(): number;
}

/** Dice of this seed (mulberry32), or of a fresh one. */
export function random(seed = Number(process.env['PLAYBOOK_SEED'] ?? Math.floor(Math.random() * 2 ** 31))): Dice {
  let state = seed;
  return {
    seed,
    next: () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
