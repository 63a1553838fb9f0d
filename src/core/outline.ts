// What a run that has begun rests on, piece by piece and in digests only: so that somebody who mends what has not been begun
// can go on, and nobody goes on who has changed what has.

/** The tasks, plays, variables and hosts of a run; the key of the run keeps digests from being guessed. */
export interface Outline {
  /** In the order of the playbooks. */
  readonly tasks: readonly TaskOutline[];
  /** A digest for each play: its hosts in order, and how they go through it. */
  readonly plays: readonly string[];
  /** Digests of what is said of variables, by `play INDEX > NAME`, `HOST > NAME` and `groups > NAME`. */
  readonly variables: Readonly<Record<string, string>>;
  /** A digest of how each host is reached, by name; without passwords, which may change. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** One task of an outline. */
export interface TaskOutline {
  /** Its place, as the journal names it. */
  readonly step: string;
  readonly name: string;
  /** Digest of its name, and of the blocks around it with their loops. */
  readonly identity: string;
  /** Digest of all that is written of it and of the files that it takes. */
  readonly request: string;
}
