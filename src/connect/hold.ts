// Asks or changes who holds a host: one script there, its answer read back. Sending any of these again is harmless, so
// a link that was lost leaves nothing in doubt.
import type { HoldAnswer, HoldRequest } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import { brokenOf, holderOf } from './hold-record.js';
import { holdRefused, holdScript } from './hold-script.js';
import { lastLines } from './printable.js';
import type { AskedHost } from './process.js';
import { newNonce } from './script-words.js';

/** A script of some milliseconds, on a host that may be slow, waiting for others who do the same. */
const timeoutMs = 60_000;

/** Asks the host. */
export async function askHold(asked: AskedHost, request: HoldRequest, signal?: AbortSignal): Promise<HoldAnswer> {
  const script = holdScript(asked.stateDirectory, request, newNonce());
  const { rc, stdout, stderr } = await asked.exec({
    command: { kind: 'shell', script },
    timeoutMs,
    mutates: false,
    contained: true,
    ...(signal === undefined ? {} : { signal }),
  });
  if (rc !== 0) throw refused(asked, rc, lastLines(Buffer.from(stderr).toString('utf8')));
  const lines = Buffer.from(stdout).toString('utf8').trimEnd().split('\n');
  const middle = lines.indexOf('broken');
  const record = lines.slice(1, middle);
  const holder = holderOf(record);
  if (record.length > 0 && holder === undefined) {
    throw refused(asked, holdRefused, [`${asked.stateDirectory}.lock is not a record of playbook`]);
  }
  const end = lines.lastIndexOf('last');
  const [last] = lines[end + 1]?.split(' ') ?? [];
  return {
    ...(holder === undefined ? {} : { holder }),
    ...(last === undefined ? {} : { last }),
    broken: brokenOf(lines.slice(middle + 1, end)),
  };
}

function refused({ host, stateDirectory }: AskedHost, rc: number, said: readonly string[]): WorldError {
  const reason = said.at(-1) ?? `the script ended with ${rc}`;
  return new WorldError('failed', `cannot tell or change who holds \`${host}\`: ${reason}`, {
    hint: `look at \`${stateDirectory}.lock\` there and at its directory, or set \`state_directory\``,
    details: { reason: 'state', rc, stderr: said },
  });
}
