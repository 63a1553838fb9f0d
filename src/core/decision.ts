// What people decided about a run, as its journal keeps it: to go on in spite of something, or not at all.
import type { Outline } from './outline.js';

/** A decision about a run as a whole. */
export type Decision =
  | {
      /** Somebody goes on although the input was edited: what differs, and the input from here on. */
      readonly type: 'run.edited';
      readonly by: string;
      readonly changes: readonly string[];
      readonly inputs: Readonly<Record<string, string>>;
      readonly outline: Outline;
    }
  | {
      /** What an earlier life brought about is not so any more; `accepted` when somebody goes on all the same. */
      readonly type: 'run.drifted';
      readonly by: string;
      readonly accepted: boolean;
      /** As `NAME on HOST: what is, what was wanted`. */
      readonly things: readonly string[];
    }
  /** The run was given up; it can never act again. */
  | {
      readonly type: 'run.unlocked';
      readonly by: string;
      /** What it left half done past a point of no return, which was accepted. */
      readonly halfDone?: readonly string[];
    };
