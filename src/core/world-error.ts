// The one exception that crosses the promises of connections and modules: the world said no.
// It is caught in one place, the engine's step, and becomes the status of one task on one host.

/**
 * What it means for the host:
 * `failed` it is known that the thing was refused; `unreachable` nothing was delivered;
 * `in-doubt` it may or may not have happened; `waiting` a person must answer and nobody is there;
 * `declined` a person said no; `interrupted` we were told to stop before anything was delivered;
 * `fenced` the host belongs to another run by now, and nothing was delivered.
 */
export type WorldErrorKind = 'failed' | 'unreachable' | 'in-doubt' | 'waiting' | 'declined' | 'interrupted' | 'fenced';

/** Details a person needs: exit code and last lines of stderr, or PostgreSQL's code, detail, hint, position, blockers. */
export type WorldErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The world could not do what was asked. */
export class WorldError extends Error {
  readonly kind: WorldErrorKind;
  readonly hint: string | undefined;
  readonly details: WorldErrorDetails;

  constructor(
    kind: WorldErrorKind,
    message: string,
    more: { hint?: string; details?: WorldErrorDetails; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'WorldError';
    this.kind = kind;
    this.hint = more.hint;
    this.details = more.details ?? {};
  }
}
