// What truly happened in the simulated world, written down by the world itself and never by the program: the truth that
// every claim of a run is held against.
import type { Incarnation } from './incarnation.js';

/** Who asked for something: a life of the program, and the right by which it asked. */
export interface Asker {
  readonly runner: Incarnation;
  readonly run: string | undefined;
  readonly number: number | undefined;
  readonly claim: string | undefined;
  /** When the request left. */
  readonly sentMs: number;
}

/** One thing that happened to a host. */
export interface Effect {
  readonly atMs: number;
  readonly host: string;
  /** `once`: it must not happen twice; `converge`: it may, and then changes nothing. */
  readonly kind: 'once' | 'converge';
  /** What happened, in the words of the playbook's task. */
  readonly label: string;
  readonly asker: Asker;
  /** The journal of the run as it would have outlived a loss of power at that moment, in bytes. */
  readonly durable: number;
}

/** A request that the world holds against the program, whatever came of it. */
export interface Breach {
  readonly rule: string;
  readonly atMs: number;
  readonly what: string;
}
