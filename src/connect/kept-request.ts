// What a kept shell is given: which requests it may have, and how they are written.
import type { ExecRequest } from '../core/connection.js';
import type { SpeechManner } from './kept-shell-script.js';
import type { Launcher } from './process.js';
import { scriptFor } from './run-command.js';
import { encodeBytes, encodeScript, shellOf } from './shell-command.js';

/** What is sent with the script itself as input is no larger, in bytes; every byte of it is read by itself. */
const inputLimitBytes = 16 * 1024;

/** A script that asks for its own process would be told of the kept shell's. */
const asksForItself = /\$\$|\$\{\$|PPID|\bpb_(?!x\b)/;

/**
 * How a kept shell may run the request; nothing when it needs a channel of its own: for a stream, another shell than
 * `/bin/sh`, much input, or because it may leave behind what goes on speaking.
 */
export function speechOf(request: ExecRequest): SpeechManner | undefined {
  const { onStdout, stdin, command, mutates, claim, contained = false } = request;
  if (onStdout !== undefined) return undefined;
  if (stdin !== undefined && !(stdin instanceof Uint8Array && stdin.length <= inputLimitBytes)) return undefined;
  if (claim?.manner === 'once' || contained) return 'direct';
  if (mutates || request.onLine !== undefined || shellOf(command).path !== '/bin/sh') return undefined;
  return command.kind === 'shell' && asksForItself.test(command.script) ? undefined : 'spooled';
}

/** The request as the loop reads it. */
export function requestText(launcher: Launcher, request: ExecRequest, nonce: string): string {
  const { stdin } = request;
  const script = scriptFor(launcher, request);
  // Most scripts are plain text, and need no process to be decoded.
  const isPlain = /^[\n\x20-\x7e]*$/.test(script);
  const lines = isPlain ? `${script}\n` : encodeScript(script);
  const count = lines.split('\n').length - 1;
  const input = stdin instanceof Uint8Array ? encodeBytes(stdin) : '';
  const manner = `${speechOf(request) ?? ''}${isPlain ? '' : '-octal'}`;
  return `${nonce} ${manner} ${count} ${input === '' ? 0 : 1}\n${lines}${input}`;
}
