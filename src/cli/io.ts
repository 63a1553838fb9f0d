// What a command may use of the process, handed down instead of reached for.
import { userInfo, hostname } from 'node:os';
import type { Diagnostic } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { Redactor } from '../core/redact.js';
import type { Vault } from '../load/vault/open.js';
import { frameAll } from '../report/frame.js';
import { safeLines } from '../report/text.js';
import { themeFor } from '../report/theme.js';
import type { Theme } from '../report/theme.js';
import { hidingWrittenSecrets } from './written-secrets.js';

/** The process as commands see it. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Knows every secret that this process has read. */
  readonly redactor: Redactor;
  /** The vault passwords that the command was given. */
  readonly vault?: Vault;
}

/** Writes to standard output, without secrets. */
export function print(io: Io, text: string): void {
  io.stdout.write(io.redactor.text(text));
}

/** Writes lines to standard output, without secrets. */
export function printLines(io: Io, lines: readonly string[]): void {
  if (lines.length > 0) print(io, `${lines.join('\n')}\n`);
}

/** The colours of standard output. */
export function themeOf(io: Io): Theme {
  return themeFor(io.stdout, io.environment);
}

/** Shows problems on standard error and gives the exit code that they mean. */
export function tell(io: Io, problems: readonly Diagnostic[]): ExitCode {
  const style = { theme: themeFor(io.stderr, io.environment), columns: io.stderr.columns ?? 100 };
  const shown = hidingWrittenSecrets(problems).text(frameAll(problems, style));
  io.stderr.write(io.redactor.text(shown));
  const errors = problems.filter((each) => each.severity === 'error');
  if (errors.length === 0) return exitCode.done;
  return errors.every((each) => each.code.startsWith('cli/')) ? exitCode.usage : exitCode.invalid;
}

/** Shows one problem of the process itself, in the form of a diagnostic without a place. */
export function complain(io: Io, message: string, hint?: string): void {
  const theme = themeFor(io.stderr, io.environment);
  const [first = '', ...rest] = safeLines(io.redactor.text(message));
  const lines = [`${theme.red(theme.bold('error'))}${theme.bold(`: ${first}`)}`, ...rest];
  if (hint !== undefined) lines.push(`  ${theme.cyan('hint:')} ${safeLines(io.redactor.text(hint)).join('\n    ')}`);
  io.stderr.write(`${lines.join('\n')}\n`);
}

/** Who is at this terminal, as `user@hostname`. */
export function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user id without a name, as in some containers.
    return `${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
