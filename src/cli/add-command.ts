// How a command joins the program, so that each can stand in a file of its own with its flags.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { ExitCode } from '../core/exit.js';
import type { Io } from './io.js';

/** Adds a command; `end` takes the exit code of its action. */
export type AddCommand = (program: Command, io: Io, end: (code: ExitCode) => void) => void;

/** For flags that may be given several times: the values in order. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, something(value)];
}

/** For flags that choose: an empty word (`--limit "$HOSTS"` with nothing in it) must not be taken for all there is. */
export function something(value: string): string {
  if (value.trim() !== '') return value;
  throw new InvalidArgumentError('it is empty');
}
