// What to say of a command that did not end as it should, and what that means: before the script was sent nothing has
// happened; after it, a change without an exit status is in doubt and a look has merely failed.
import { constants } from 'node:os';
import type { Command, ExecRequest } from '../core/connection.js';
import { shellWords } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { claimWords } from './claim-script.js';
import { seconds } from './deadline.js';
import type { Stop } from './deadline.js';
import { outputLimitBytes } from './output.js';
import { lastLines, printable, reasonOf } from './printable.js';
import type { Ending } from './process.js';
import { fencedError } from './script-words.js';
import type { ScriptWords } from './script-words.js';
import { chdirFailed, fencedOff } from './shell-command.js';

type Lost = Ending & { readonly kind: 'lost' };

/** The errors of one command. */
export class CommandErrors {
  readonly #host: string;
  readonly #mutates: boolean;
  readonly #timeoutMs: number;

  readonly #command: Command;

  constructor(host: string, { mutates, command }: Pick<ExecRequest, 'mutates' | 'command'>, timeoutMs: number) {
    this.#command = command;
    this.#host = host;
    this.#mutates = mutates;
    this.#timeoutMs = timeoutMs;
  }

  /** The wait for the start was given up. */
  notStarted(stop: Stop, starter: string, noise: string): WorldError {
    if (stop === 'abort') {
      return new WorldError('interrupted', `stopped before the command was started on \`${this.#host}\``);
    }
    const message = `${starter} did not start the command within ${seconds(this.#timeoutMs)} on \`${this.#host}\``;
    return new WorldError('failed', message, {
      hint: 'nothing was run; check the load of the host and the start files of its login shell',
      details: { stderr: lastLines(noise) },
    });
  }

  /** The login shell ended, and nothing of ours was started. */
  wrongShell(rc: number, noise: string): WorldError {
    const said = lastLines(noise);
    const last = said.at(-1);
    const message = `the login shell of \`${this.#host}\` did not start \`/bin/sh\`${last === undefined ? '' : `: ${last}`}`;
    return new WorldError('failed', message, {
      hint: 'the user needs a login shell that runs commands; look at its `/etc/passwd` line, start files and `ForceCommand`',
      details: { rc, stderr: said },
    });
  }

  /** The link or channel went before the script was sent. */
  lostBeforeStart({ linkLost, reason }: Lost): WorldError {
    const message = `\`${this.#host}\` was lost before the command was started: ${reason}`;
    return new WorldError(linkLost ? 'unreachable' : 'failed', message, {
      hint: 'nothing was run; it is safe to run this again',
    });
  }

  /** The link or channel went after the script was sent. */
  lost({ linkLost, reason }: Lost): WorldError {
    if (this.#mutates) {
      const taken = `\`${this.#host}\` took ${nameOf(this.#command)} and never said how it ended: ${reason}`;
      return new WorldError('in-doubt', taken, {
        hint: 'look at the host: the command may be running, done, or ended half way',
        details: { cmd: textOf(this.#command) },
      });
    }
    const message = `\`${this.#host}\` never said how the command ended: ${reason}`;
    return new WorldError(linkLost ? 'unreachable' : 'failed', message, {
      hint: 'it only looks, so it is safe to run it again',
    });
  }

  /** The command was over its time, or the operator stopped the run. */
  stopped(stop: Stop, ended: boolean, stderr: string): WorldError {
    const cause = stop === 'timeout' ? `timed out after ${seconds(this.#timeoutMs)}` : 'was stopped by the operator';
    const what = this.#mutates ? nameOf(this.#command) : 'the command';
    const message = `${what} ${cause} on \`${this.#host}\` and ${ended ? 'was ended with its process group' : 'may still be running'}`;
    const cmd = this.#mutates ? { cmd: textOf(this.#command) } : {};
    const details = { ...cmd, timedOut: stop === 'timeout', ended, stderr: lastLines(stderr) };
    const hint = this.#mutates
      ? 'look at what it left behind before running it again'
      : 'it only looks; a longer `timeout` may help';
    const kind = this.#mutates ? 'in-doubt' : stop === 'timeout' ? 'failed' : 'interrupted';
    return new WorldError(kind, message, { hint, details });
  }

  /** The other end of its input or output gave up. */
  broken(refusal: unknown, ended: boolean): WorldError {
    const state = ended ? 'was ended' : 'may still be running';
    const message = `the stream of the command on \`${this.#host}\` broke, and the command ${state}: ${reasonOf(refusal)}`;
    return new WorldError(this.#mutates && !ended ? 'in-doubt' : 'failed', message, { cause: refusal });
  }

  /** The command said more than anyone keeps. */
  overflowed(ended: boolean): WorldError {
    const state = ended ? 'was ended' : 'may still be running';
    const message = `the command said more than ${outputLimitBytes / 1024 / 1024} MiB on \`${this.#host}\` and ${state}`;
    return new WorldError(this.#mutates && !ended ? 'in-doubt' : 'failed', message, {
      hint: 'let it write to a file of the host instead',
    });
  }

  /** What our own part of the script said instead of running the command. */
  refusedByScript({ word, more, before }: ScriptWords, { chdir = '', claim }: ExecRequest): WorldError {
    const host = this.#host;
    const what = `the command \`${claim?.name ?? ''}\` on \`${host}\``;
    switch (word) {
      case chdirFailed:
        return this.#wrongDirectory(chdir, before);
      case fencedOff:
        return fencedError(host, more);
      case claimWords.over:
        return this.overflowed(true);
      case claimWords.gone:
        return new WorldError('in-doubt', `${what} was started, and ended without leaving word how`, {
          hint: 'look at what it did before running it again; the host may have been restarted meanwhile',
          details: { reason: 'claim-gone', stderr: before },
        });
      case claimWords.untold:
        return new WorldError('in-doubt', `${what} ended with ${more}, and its output is lost`, {
          details: { reason: 'claim-output-lost', rc: Number(more) },
        });
      case claimWords.short:
        return new WorldError('unreachable', `\`${host}\` was lost before the input of the command was there`, {
          hint: 'nothing was run; it is safe to run this again',
        });
      default:
        return new WorldError('failed', `cannot keep word of a command on \`${host}\`: ${more}`, {
          hint: 'nothing was run; look at that place, or set `state_directory`',
          details: { reason: 'state', stderr: before },
        });
    }
  }

  #wrongDirectory(directory: string, said: readonly string[]): WorldError {
    return new WorldError('failed', `cannot change to directory \`${directory}\` on \`${this.#host}\``, {
      hint: 'the command was not run; check that `chdir` is there and that the user may enter it',
      details: { stderr: said },
    });
  }
}

/** A command in full, as one would type it. */
function textOf(command: Command): string {
  return command.kind === 'argv' ? shellWords(command.argv) : command.script;
}

/** A command as a sentence names it: its first line that does something, as far as it fits. */
function nameOf(command: Command): string {
  const lines = textOf(command).trim().replace(preparations, '').split('\n');
  const [line = ''] = lines;
  const short = line.length > nameColumns ? line.slice(0, nameColumns) : line;
  return `\`${printable(short)}${short.length < line.length || lines.length > 1 ? ' …' : ''}\``;
}

const nameColumns = 80;

/** How a script makes itself strict and private, before it does anything. */
const preparations = /^(?:(?:#.*|set -\w+|umask \d+)?\s*(?:;|\n)\s*)+/;

/** The number of a signal here; 0 for one that only the far side knows. */
export function signalNumber(name: string): number {
  return Object.entries(constants.signals).find(([each]) => each === name)?.[1] ?? 0;
}
