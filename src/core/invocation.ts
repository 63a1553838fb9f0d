// The words with which a run was started, as the journal keeps them for whoever goes on with it.

/** Where and with which words a run was started. Values of secrets are not among them. */
export interface Invocation {
  /** The working directory. */
  readonly directory: string;
  readonly playbooks: readonly string[];
  /** The flags of `playbook run` by their names in camel case, as they were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Names of variables that were given with `-e` and hold secrets: they must be given again. */
  readonly withheld: readonly string[];
}
