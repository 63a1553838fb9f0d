// A journal that cannot be kept ends the run: what is not on disk must not happen on a host.

/** The journal cannot be written or read; `hint` says what to do. */
export class JournalError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, more: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'JournalError';
    this.hint = more.hint;
  }
}

/** The reason of a failed system call in a person's words, such as `no space left on device`. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z0-9]+: ([^,]+)/.exec(text)?.[1] ?? text;
}

/** The code of a failed system call, such as `ENOENT`. */
export function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
