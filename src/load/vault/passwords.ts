// The words that say where vault passwords come from, in the form that Ansible gave them: `LABEL@FILE` and `LABEL@prompt`.
import { error } from '../../core/diagnostic.js';
import { fail, ok } from '../../core/result.js';
import type { Result } from '../../core/result.js';

/** A password, and the vault id that it is known by. */
export interface VaultPassword {
  readonly label: string;
  readonly secret: Uint8Array;
}

/** Where a password comes from; without a file it is asked for. */
export interface VaultId {
  readonly label: string;
  readonly file?: string;
}

/** The vault id of a password that nobody gave a name. */
export const defaultLabel = 'default';

/** Reads the value of `--vault-id`: `LABEL@FILE`, `LABEL@prompt`, `FILE` or `prompt`. */
export function readVaultId(word: string): Result<VaultId> {
  const at = word.indexOf('@');
  const label = at === -1 ? defaultLabel : word.slice(0, at);
  const from = word.slice(at + 1);
  if (from !== '' && isLabel(label)) return ok(from === 'prompt' ? { label } : { label, file: from });
  const hint = 'write `LABEL@FILE` or `LABEL@prompt`; a label holds no `;`, `@` or space';
  return fail(error('vault/bad-id', `\`--vault-id ${word}\` says no label and file`, undefined, { hint }));
}

/** True for a label that can stand in the header of a vault. */
export function isLabel(label: string): boolean {
  return /^[^\s;@]+$/.test(label);
}

/** The passwords in the order in which they are tried: those of the label first, then the others. */
export function inOrder(passwords: readonly VaultPassword[], label: string | undefined): readonly VaultPassword[] {
  const own = passwords.filter((each) => each.label === label);
  return [...own, ...passwords.filter((each) => each.label !== label)];
}
