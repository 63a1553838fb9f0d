// Problems on standard output, for a program that reads them, and the exit code that they mean.
import { codes } from '../core/codes/index.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { problemsAsLines, problemsAsSarif } from '../report/problem-data.js';
import { print } from './io.js';
import type { Io } from './io.js';
import { programVersion } from './program-version.js';
import { hidingWrittenSecrets } from './written-secrets.js';

/** Prints problems as data. What a file says under a secret name is hidden in it, as it is in a frame. */
export function printProblems(io: Io, problems: readonly Diagnostic[], format: 'jsonl' | 'sarif'): void {
  const written = hidingWrittenSecrets(problems);
  const hide = (text: string): string => io.redactor.text(written.text(text));
  const shown = problems.map((each): Diagnostic => {
    const { message, hint, labels } = each;
    return {
      ...each,
      message: hide(message),
      ...(hint === undefined ? {} : { hint: hide(hint) }),
      ...(labels === undefined ? {} : { labels: labels.map((label) => ({ ...label, message: hide(label.message) })) }),
    };
  });
  print(io, format === 'jsonl' ? problemsAsLines(shown) : problemsAsSarif(shown, { version: programVersion(), codes }));
}

/** The exit code of problems; when the caller is strict, a warning is as bad as an error. */
export function codeOf(problems: readonly Diagnostic[], strict = false): ExitCode {
  const bad = problems.filter(({ severity }) => strict || severity === 'error');
  if (bad.length === 0) return exitCode.done;
  return bad.every(({ code }) => code.startsWith('cli/')) ? exitCode.usage : exitCode.invalid;
}
