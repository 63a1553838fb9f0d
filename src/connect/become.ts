// Becoming another user by sudo, whatever its prompt, lecture or language: sudo is told to ask with a random text, and
// the password goes out once, when that text was seen, before our own start marker. After the marker nobody gets it,
// so neither the command's input nor a program that imitates the prompt can.
import { randomBytes } from 'node:crypto';
import type { Become } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import { lastLines } from './printable.js';

/** What the stderr of sudo asks for. */
export type SudoAnswer = 'nothing' | 'password' | 'refused' | 'no-password';

/** One conversation with sudo. */
export class Sudo {
  readonly #become: Become;
  readonly #prompt = `[playbook ${randomBytes(12).toString('hex')}]`;
  #asked = 0;

  constructor(become: Become) {
    if (!/^(?:[A-Za-z0-9_][\w.@+-]*\$?|#\d+)$/.test(become.user)) {
      throw new WorldError('failed', `\`${become.user}\` is not a user name that sudo takes`, {
        hint: 'set `become_user` to a user of the host',
      });
    }
    this.#become = become;
  }

  /** The words that run other words as the user. */
  words(words: readonly string[]): readonly string[] {
    const options = ['-S', '-p', this.#prompt, '-u', this.#become.user, '-H', '--'];
    return ['/bin/sh', '-c', 'exec sudo "$@"', 'sh', ...options, ...words];
  }

  /** What to do now, given all that sudo said so far. */
  answer(said: string): SudoAnswer {
    const asked = said.split(this.#prompt).length - 1;
    if (asked <= this.#asked) return 'nothing';
    this.#asked = asked;
    if (asked > 1) return 'refused';
    return this.#become.password === undefined ? 'no-password' : 'password';
  }

  /** The line that answers the prompt. */
  get passwordLine(): Uint8Array {
    return Buffer.from(`${this.#become.password ?? ''}\n`);
  }

  /** What sudo said, without our prompt. */
  withoutPrompt(said: string): string {
    return said.replaceAll(this.#prompt, '');
  }

  /** Why sudo did not start the command. */
  failure(host: string, said: string, ending: { readonly rc?: number } = {}): WorldError {
    const text = this.withoutPrompt(said);
    const details = {
      reason: 'become',
      ...(ending.rc === undefined ? {} : { rc: ending.rc }),
      stderr: lastLines(text),
    };
    const { message, hint } = this.#explain(host, text, ending.rc);
    return new WorldError('failed', message, { hint, details });
  }

  #explain(host: string, said: string, rc: number | undefined): { readonly message: string; readonly hint: string } {
    const { user } = this.#become;
    if (rc === 127) {
      return {
        message: `sudo is not installed on \`${host}\``,
        hint: 'install sudo there, or log in as the user and leave `become` out',
      };
    }
    if (this.#asked === 1 && this.#become.password === undefined) {
      return {
        message: `sudo on \`${host}\` asks for a password, and none is known`,
        hint: 'set `become_password`, or run with `-K` to be asked for it',
      };
    }
    if (this.#asked > 1 || /incorrect password|sorry, try again/i.test(said)) {
      return {
        message: `sudo refused the password on \`${host}\``,
        hint: 'check `become_password`; it was tried once and not again',
      };
    }
    if (/must have a tty/i.test(said)) {
      return {
        message: `sudo on \`${host}\` wants a terminal`,
        hint: 'remove `Defaults requiretty` for this user in its sudoers',
      };
    }
    const last = lastLines(said, 1)[0];
    return {
      message: `sudo on \`${host}\` did not start the command as \`${user}\`${last === undefined ? '' : `: ${last}`}`,
      hint: `let the login user run \`/bin/sh\` as \`${user}\` in the sudoers of the host, and check \`become_password\``,
    };
  }
}
