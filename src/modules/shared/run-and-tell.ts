// How command, shell and script run what they were given, and what they tell the register of it: Ansible's words.
import { Type } from '@sinclair/typebox';
import type { Command } from '../../core/connection.js';
import type { CommandOptions, CommandResult, Hands, Told } from '../../core/module.js';
import { WorldError } from '../../core/world-error.js';

/** Arguments that command, shell and script share. */
export const runArguments = {
  chdir: Type.Optional(Type.String({ minLength: 1, description: 'Directory to run in.' })),
  expect_rc: Type.Optional(
    Type.Union([Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { minItems: 1 }), Type.Literal('any')], {
      default: [0],
      description: 'Exit codes that are not a failure, or `any`.',
    }),
  ),
  strip_empty_ends: Type.Optional(
    Type.Boolean({ default: true, description: 'Leave out empty lines at the end of stdout and stderr.' }),
  ),
};

/** Arguments of what can be given a standard input. */
export const stdinArguments = {
  stdin: Type.Optional(Type.String({ description: 'Standard input; without it, end of file is read at once.' })),
  stdin_add_newline: Type.Optional(Type.Boolean({ default: true, description: 'End `stdin` with a line end.' })),
};

/** What a task says of where and with what input to run. */
export interface Setting {
  readonly chdir?: string;
  readonly stdin?: string;
  readonly stdin_add_newline?: boolean;
}

/** The options of a run in this setting. */
export function optionsOf({ chdir, stdin, stdin_add_newline = true }: Setting): CommandOptions {
  const input = stdin === undefined || !stdin_add_newline || stdin.endsWith('\n') ? stdin : `${stdin}\n`;
  return { ...(chdir === undefined ? {} : { chdir }), ...(input === undefined ? {} : { stdin: input }) };
}

/** How the run is judged and told. */
export interface Telling {
  /** The command as a person would type it. */
  readonly cmd: string;
  readonly expect_rc?: readonly number[] | 'any';
  readonly strip_empty_ends?: boolean;
}

/** Runs a command and tells what it said; rejects when its exit code is not one that was expected. */
export async function runAndTell(
  hands: Hands,
  command: Command,
  options: CommandOptions,
  telling: Telling,
): Promise<Told> {
  const result = await hands.run(command, { ...options, expectRc: 'any', detached: true });
  const expected = telling.expect_rc ?? [0];
  if (expected !== 'any' && !expected.includes(result.rc)) throw ended(result, telling.cmd);
  return toldOf(result, telling);
}

function toldOf({ rc, stdout, stderr }: CommandResult, { cmd, strip_empty_ends = true }: Telling): Told {
  const [out, err] = strip_empty_ends ? [strip(stdout), strip(stderr)] : [stdout, stderr];
  return { cmd, rc, stdout: out, stderr: err, stdout_lines: linesOf(out), stderr_lines: linesOf(err) };
}

function strip(text: string): string {
  return text.replace(/[\r\n]+$/, '');
}

/** The lines of a text, without their ends; an empty text has none. */
export function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function ended({ rc, signal, stdout, stderr }: CommandResult, cmd: string): WorldError {
  const how = signal === undefined ? `ended with exit code ${rc}` : `was ended by ${signal}`;
  return new WorldError('failed', `the command ${how}`, {
    ...(rc === 127 ? { hint: 'code 127 usually means that the command is not on the PATH of this user' } : {}),
    details: { rc, cmd, stdout: strip(stdout), stderr: strip(stderr) },
  });
}
