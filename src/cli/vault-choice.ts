// With which password something is encrypted: the one of the label that was asked for, else the only one there is.
import { error } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { VaultPassword } from '../load/vault/passwords.js';
import { defaultLabel } from '../load/vault/passwords.js';
import type { VaultCommandFlags } from './commands/vault.js';
import type { Io } from './io.js';
import { askFor, passwordsOf, withEnvironment } from './vault-passwords.js';

/** The passwords that the flags name; without any, one that is asked for, twice when it is a new one. */
export async function passwordsOrAsk(
  io: Io,
  flags: VaultCommandFlags,
  isNew: boolean,
): Promise<Result<readonly VaultPassword[]>> {
  const given = await passwordsOf(io, withEnvironment(io, flags));
  if (!given.ok || given.value.length > 0) return given;
  return andThen(isNew ? await askTwice(io) : await askFor(io, 'vault password: '), (secret) =>
    ok([{ label: defaultLabel, secret }]),
  );
}

/** Asks for a new password, and once more, for nobody saw what was typed. */
export async function askTwice(io: Io): Promise<Result<Buffer>> {
  const first = await askFor(io, 'new vault password: ');
  const second = first.ok ? await askFor(io, 'once more: ') : first;
  if (!first.ok || !second.ok || first.value.equals(second.value)) return second;
  const hint = 'nothing was encrypted; try again';
  return fail(error('cli/no-password', 'the two passwords differ', undefined, { hint }));
}

/** The password to encrypt with. */
export function chosen(
  passwords: readonly VaultPassword[],
  { encryptVaultId }: VaultCommandFlags,
): Result<VaultPassword> {
  const labels = [...new Set(passwords.map((each) => each.label))];
  const label = encryptVaultId ?? (labels.length === 1 ? labels[0] : undefined);
  const found = passwords.find((each) => each.label === label);
  if (found !== undefined) return ok(found);
  const which =
    encryptVaultId === undefined ? 'there are several vault ids' : `no vault id \`${encryptVaultId}\` was given`;
  const hint = `give \`--encrypt-vault-id\` one of ${labels.map((each) => `\`${each}\``).join(', ')}`;
  return fail(error('vault/which-id', which, undefined, { hint }));
}
