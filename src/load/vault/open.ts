// Opens what is encrypted while files are loaded. Loading is one piece of synchronous work, so the passwords that it may use
// are those that were lent to it, and every place that reads a file finds it opened without having to ask.
import { error } from '../../core/diagnostic.js';
import { fail, ok } from '../../core/result.js';
import type { Result } from '../../core/result.js';
import type { Span } from '../../core/source.js';
import type { Identity } from '../age/x25519.js';
import type { ReadSecret } from '../secret-tag.js';
import { isVault, openEnvelope, readEnvelope } from './format.js';
import { inOrder } from './passwords.js';
import type { VaultPassword } from './passwords.js';

/** The passwords and keys of a command, and who has to know what they open. */
export interface Vault {
  readonly passwords: readonly VaultPassword[];
  /** The identities of age; they are not read before something needs them. */
  identities(): Result<readonly Identity[]>;
  /** Reads what `!secret` names; nothing for who only looks at files. */
  readonly secrets?: ReadSecret;
  /** Is told every text that was opened, so that it is hidden wherever it would be shown. */
  learn(secret: string): void;
}

const nobody: Vault = { passwords: [], identities: () => ok([]), learn: () => undefined };
let lent: Vault = nobody;

/** Does the work with these passwords at hand. */
export function withVault<T>(vault: Vault | undefined, work: () => T): T {
  const outer = lent;
  lent = vault ?? nobody;
  try {
    return work();
  } finally {
    lent = outer;
  }
}

/** The identities of age that may be used. */
export function identitiesAtHand(): Result<readonly Identity[]> {
  return lent.identities();
}

/** The reader of secrets that stand elsewhere, if they may be read. */
export function secretsAtHand(): ReadSecret | undefined {
  return lent.secrets;
}

/** Makes a text that was opened known as a secret. */
export function learnOpened(secret: string): void {
  lent.learn(secret);
}

/** Makes what a file says known: each of its lines, and of a template what stands around the values. */
export function learnLines(text: string): void {
  const pieces = text.split(/\r?\n|\{\{.*?\}\}/);
  for (const piece of new Set(pieces.map((each) => each.trim()))) if (piece.length >= shortestLine) learnOpened(piece);
}

/** Shorter lines of a script, such as `done` and `else`, would hide words that are everywhere. */
const shortestLine = 8;

/** What was opened is needed again: an inventory is read twice, and each opening takes a hundredth of a second. */
const opened = new WeakMap<Vault, Map<string, Buffer>>();

/** The plain bytes of an encrypted text with the passwords at hand; the span is where it says that it is encrypted. */
export function openVault(text: string, span: Span): Result<Buffer> {
  const known = opened.get(lent) ?? new Map<string, Buffer>();
  opened.set(lent, known);
  const before = known.get(text);
  if (before !== undefined) return ok(before);
  const plain = openWith(text, span, lent.passwords);
  if (plain.ok) known.set(text, plain.value.plain);
  return plain.ok ? ok(plain.value.plain) : plain;
}

/** The plain bytes, and the password that opened them. */
export interface Opened {
  readonly plain: Buffer;
  readonly by: VaultPassword;
  /** The vault id that the text itself names. */
  readonly label?: string;
}

/** Opens an encrypted text with one of these passwords. */
export function openWith(text: string, span: Span | undefined, passwords: readonly VaultPassword[]): Result<Opened> {
  if (!isVault(text)) return fail(notAVault(span));
  const envelope = readEnvelope(text);
  if ('kind' in envelope) return fail(flawed(envelope, span));
  const { label } = envelope;
  if (passwords.length === 0) return fail(noPassword(label, span));
  for (const by of inOrder(passwords, label)) {
    const plain = openEnvelope(envelope, by.secret);
    if (plain !== undefined) return ok({ plain, by, ...(label === undefined ? {} : { label }) });
  }
  return fail(wrongPassword(passwords, label, span));
}

function notAVault(span: Span | undefined) {
  const hint = 'an encrypted value starts with `$ANSIBLE_VAULT;1.1;AES256`; `playbook vault encrypt-string` writes one';
  return error('vault/not-encrypted', 'this is not encrypted', span, { hint });
}

function flawed(
  { kind, message }: { readonly kind: 'unknown-format' | 'damaged'; readonly message: string },
  span?: Span,
) {
  return kind === 'damaged'
    ? error('vault/damaged', message, span, { hint: 'take it from a backup or from version control' })
    : error('vault/unknown-format', message, span, {
        hint: 'encrypt it anew with `ansible-vault rekey`: 1.1 and 1.2 with AES256 open here',
      });
}

function noPassword(label: string | undefined, span: Span | undefined) {
  const id = label === undefined ? '' : ` with vault id \`${label}\``;
  const flag = label === undefined ? '--vault-password-file FILE' : `--vault-id ${label}@FILE`;
  const hint = `give \`${flag}\` or \`--ask-vault-pass\``;
  return error('vault/no-password', `this is encrypted${id}, and no vault password was given`, span, { hint });
}

function wrongPassword(passwords: readonly VaultPassword[], label: string | undefined, span: Span | undefined) {
  const id = label === undefined ? '' : ` with vault id \`${label}\``;
  const tried = [...new Set(passwords.map((each) => `\`${each.label}\``))].join(', ');
  const hint = `tried: ${tried}; is it the right password? else the text has been changed since it was encrypted`;
  return error('vault/wrong-password', `no vault password opens this, encrypted${id}`, span, { hint });
}
