// What a kept shell is given: which requests it may have, and how they are written.
import type { ExecRequest } from '../core/connection.js';
import type { Launcher } from './process.js';
import { scriptFor } from './run-command.js';
import { encodeBytes, encodeScript } from './shell-command.js';

/** Script and input are read byte by byte there, so what is longer than this, in bytes, has a channel of its own. */
const limitBytes = 16 * 1024;

/**
 * Whether a kept shell may run the request: a script of ours that leaves nothing running, or a command under a claim,
 * which runs apart and speaks into its spool. Streams, long input and all that may go on speaking have their own channel.
 */
export function isForKeptShell({ onStdout, stdin, command, claim, contained }: ExecRequest): boolean {
  if (onStdout !== undefined || !(contained === true || claim?.manner === 'once')) return false;
  if (stdin !== undefined && !(stdin instanceof Uint8Array && stdin.length <= limitBytes)) return false;
  return command.kind === 'argv' || command.script.length <= limitBytes;
}

/** The request as the loop reads it; rejects what no POSIX shell can carry. */
export function requestText(launcher: Launcher, request: ExecRequest, nonce: string): string {
  const script = scriptFor(launcher, request);
  // Most scripts are plain text, and need no process to be decoded.
  const form = /^[\n\x20-\x7e]*$/.test(script) ? 'plain' : 'octal';
  const lines = form === 'plain' ? `${script}\n` : encodeScript(script);
  const input = request.stdin instanceof Uint8Array ? encodeBytes(request.stdin) : '';
  return `${nonce} ${form} ${lines.split('\n').length - 1} ${input === '' ? 0 : 1}\n${lines}${input}`;
}
