// One value, encrypted to be pasted into a YAML file. It is typed or piped: what stands on a command line is in the history
// of the shell, and every user of the machine can read it.
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { warning } from '../core/diagnostic.js';
import { ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { seal } from '../load/vault/format.js';
import type { VaultCommandFlags } from './commands/vault.js';
import { tell } from './io.js';
import type { Io } from './io.js';
import { chosen, passwordsOrAsk } from './vault-choice.js';
import { askFor } from './vault-passwords.js';

const indent = ' '.repeat(10);

/** Prints `NAME: !vault |` and the encrypted value below it. */
export async function encryptString(io: Io, text: string | undefined, flags: VaultCommandFlags): Promise<ExitCode> {
  const passwords = await passwordsOrAsk(io, flags, true);
  if (!passwords.ok) return tell(io, passwords.problems);
  const by = chosen(passwords.value, flags);
  if (!by.ok) return tell(io, by.problems);
  const value = await valueOf(io, text);
  if (!value.ok) return tell(io, value.problems);
  warn(io, text, value.value);
  const lines = seal(value.value, by.value.secret, by.value.label).trimEnd().split('\n');
  const name = flags.name === undefined ? '' : `${flags.name}: `;
  // Not through the redactor: letters of what is encrypted may happen to be those of a password.
  io.stdout.write([`${name}!vault |`, ...lines.map((line) => indent + line), ''].join('\n'));
  return exitCode.done;
}

async function valueOf(io: Io, text: string | undefined): Promise<Result<Buffer>> {
  if (text !== undefined) return ok(Buffer.from(text));
  if (io.stdin.isTTY) return askFor(io, 'value to encrypt: ');
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Buffer));
  return ok(Buffer.concat(chunks));
}

function warn(io: Io, text: string | undefined, value: Buffer): void {
  if (text !== undefined) {
    const hint = 'leave it out to be asked for it, or give it on standard input';
    tell(io, [
      warning('vault/on-command-line', 'every user of this machine can see a value that is an argument', undefined, {
        hint,
      }),
    ]);
  } else if (value.at(-1) === 0x0a) {
    const hint = "give it without: `printf '%s' ...`, not `echo ...`";
    tell(io, [warning('vault/line-end', 'the value ends with a line end, which is a part of it', undefined, { hint })]);
  }
}
