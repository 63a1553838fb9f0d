// Lists what is known on a host of the claims of a run, as the user who made them.
import type { Connection } from '../core/connection.js';
import type { ClaimState } from '../core/hold.js';
import { shellWord } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { claimFunctions } from './claim-script.js';
import { isName } from './hold-record.js';
import { lastLines } from './printable.js';
import type { AskedHost } from './process.js';

/** Which claims are asked for. */
export type ClaimQuery = Parameters<Connection['claims']>[0];

const timeoutMs = 60_000;

function script(stateDirectory: string, { run, prefix, forget = false }: ClaimQuery): string {
  return [
    `pb_c=${shellWord(`${stateDirectory}-`)}$(id -u); pb_r=$pb_c/${shellWord(run)}`,
    '[ -d "$pb_r" ] || exit 0',
    'if [ -L "$pb_c" ] || [ ! -O "$pb_c" ]; then echo "$pb_c is not a directory of this user" >&2; exit 1; fi',
    claimFunctions,
    `for pb_f in "$pb_r"/${shellWord(prefix)}*; do`,
    '  [ -f "$pb_f" ] || continue; pb_a=${pb_f##*/}; pb_read "$pb_f"; pb_w=$pb_r/$pb_4; pb_i=$pb_1',
    '  if pb_ended; then echo "$pb_a ended $pb_2"',
    '  elif pb_lives "$pb_a"; then echo "$pb_a running $pb_1"',
    // It may have ended between the two looks.
    '  elif pb_ended; then echo "$pb_a ended $pb_2"',
    '  else echo "$pb_a gone 0"; fi',
    'done',
    forget ? 'rm -rf "$pb_r" || exit 1; rmdir "$pb_c" 2>/dev/null' : '',
    'exit 0',
  ].join('\n');
}

/** The claims of a run whose names begin so. */
export async function listClaims(asked: AskedHost, query: ClaimQuery): Promise<readonly ClaimState[]> {
  if (!isName(query.run) || !/^[\w.-]*$/.test(query.prefix)) {
    throw new WorldError('failed', `\`${query.run}\` and \`${query.prefix}\` cannot name claims`);
  }
  const { rc, stdout, stderr } = await asked.exec({
    command: { kind: 'shell', script: script(asked.stateDirectory, query) },
    timeoutMs,
    mutates: false,
    contained: true,
    ...(query.become === undefined ? {} : { become: query.become }),
  });
  const said = lastLines(Buffer.from(stderr).toString('utf8'));
  if (rc !== 0) {
    throw new WorldError('failed', `cannot look at the claims on \`${asked.host}\`: ${said.at(-1) ?? `rc ${rc}`}`, {
      details: { reason: 'state', rc, stderr: said },
    });
  }
  const lines = Buffer.from(stdout).toString('utf8').trim().split('\n');
  return lines.filter((line) => line !== '').map(stateOf);
}

function stateOf(line: string): ClaimState {
  const [name = '', state, number] = line.split(' ');
  if (state === 'ended') return { name, state, rc: Number(number) };
  return state === 'running' ? { name, state, pid: Number(number) } : { name, state: 'gone' };
}
