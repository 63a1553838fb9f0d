// Whose host it is. A run holds every host that it touches by a record on the host itself, which outlives the process and
// carries a number: whoever was overtaken (a laptop that slept, a run that was unlocked) finds another number there and
// is refused by the host. A claim is the name under which a command runs there at most once, however often it is sent.

/** The right of a run to touch a host: the number counts how often the run was taken up, from 1. */
export interface Fence {
  readonly run: string;
  readonly number: number;
}

/** The name of one command of a run. */
export interface Claim {
  /** Letters, digits, `.`, `_` and `-`, at most 100 characters, unique in its run. */
  readonly name: string;
  /**
   * `once`: the command is detached from the link and its output spooled, so that whoever sends it again is given the rest
   * of its output and its exit code. `watched`: it runs on the link as ever, and leaves word on the host that it runs and how it ended.
   */
  readonly manner: 'once' | 'watched';
}

/** Who holds a host. */
export interface Holder extends Fence {
  /** The person and machine, as `anna@laptop`. */
  readonly by: string;
  /** ISO 8601, by the clock of the machine that runs playbook. */
  readonly since: string;
  readonly playbook: string;
}

/** What is asked of the record on a host. Every change is atomic on the host. */
export type HoldRequest =
  | { readonly kind: 'look' }
  /** Takes the host if nobody holds it. */
  | { readonly kind: 'take'; readonly holder: Holder }
  /** Goes on with a host that the same run holds with a lower number. */
  | { readonly kind: 'raise'; readonly holder: Holder }
  /** Gives the host back, with all claims of the run there; nothing when the run does not hold it with this number. */
  | { readonly kind: 'release'; readonly fence: Fence }
  /** Takes the host away from a run for good, and leaves word of it. */
  | { readonly kind: 'break'; readonly run: string; readonly by: string; readonly at: string };

/** The record as it stands after the request. */
export interface HoldAnswer {
  readonly holder?: Holder;
  /** The run that gave the host back last. */
  readonly last?: string;
  /** Runs that were unlocked here, the last one last. */
  readonly broken: readonly { readonly run: string; readonly by: string; readonly at: string }[];
}

/** What is known on a host of a claim: it runs, it ended, or its process is gone without a word. */
export type ClaimState =
  | { readonly name: string; readonly state: 'running'; readonly pid: number }
  | { readonly name: string; readonly state: 'ended'; readonly rc: number }
  | { readonly name: string; readonly state: 'gone' };
