// `-k` and `-K`: passwords are typed unseen, before anything else, and known as secrets from then on.
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Io } from './io.js';
import { readLine } from './read-line.js';

/** The passwords that were asked for. */
export interface Passwords {
  readonly password?: string;
  readonly becomePassword?: string;
}

/** Asks for the passwords that the flags name. */
export async function askPasswords(
  io: Io,
  wanted: { readonly ssh: boolean; readonly become: boolean },
): Promise<Result<Passwords>> {
  if (!wanted.ssh && !wanted.become) return ok({});
  if (!io.stdin.isTTY) {
    const hint = 'run it in a terminal, or say `ssh_password` and `become_password` in the inventory';
    return fail(error('cli/no-terminal', 'a password cannot be asked for without a terminal', undefined, { hint }));
  }
  const password = wanted.ssh ? await ask(io, 'ssh password: ') : undefined;
  if (wanted.ssh && password === undefined) return fail(noPassword());
  const becomePassword = wanted.become ? await askBecome(io, password) : undefined;
  if (wanted.become && becomePassword === undefined) return fail(noPassword());
  return ok({
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
  });
}

/** As Ansible does: an empty become password is the ssh password. */
async function askBecome(io: Io, sshPassword: string | undefined): Promise<string | undefined> {
  const prompt = sshPassword === undefined ? 'become password: ' : 'become password (empty for the ssh password): ';
  const typed = await ask(io, prompt, sshPassword !== undefined);
  return typed === '' ? sshPassword : typed;
}

async function ask(io: Io, prompt: string, mayBeEmpty = false): Promise<string | undefined> {
  const read = await readLine({ input: io.stdin, output: io.stderr, prompt, hidden: true });
  if (read.kind !== 'line' || (read.line === '' && !mayBeEmpty)) return undefined;
  io.redactor.add(read.line);
  return read.line;
}

function noPassword() {
  return error('cli/no-password', 'no password was typed', undefined, { hint: 'nothing was connected to' });
}
