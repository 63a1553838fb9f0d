// Encrypted values in YAML: `!vault |` among other values, and whole files whose every value is a secret.
import { error } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Source, Span } from '../core/source.js';
import type { Node, ScalarNode } from './node.js';
import { learnOpened, openVault } from './vault/open.js';

const names = ['!vault', '!vault-encrypted'];

/** The tags as the parser wants them: the text is taken as it stands, and opened by the tree. */
export const vaultTags = names.map((tag) => ({ tag, resolve: (text: string): string => text }));

/** True for the tag of an encrypted value. */
export function isVaultTag(tag: string | undefined): boolean {
  return tag !== undefined && names.includes(tag);
}

/** The value behind `!vault`, opened and known as a secret. */
export function openScalar(text: string, span: Span): Result<ScalarNode> {
  return andThen(openVault(text, span), (plain) => {
    try {
      const value = new TextDecoder('utf-8', { fatal: true }).decode(plain);
      learnOpened(value);
      return ok<ScalarNode>({ kind: 'scalar', value, span, sealed: true, at: () => span });
    } catch {
      const hint = 'encrypt it anew from text in UTF-8';
      return fail(error('file/not-utf8', 'what is encrypted here is not UTF-8 text', span, { hint }));
    }
  });
}

/** Makes every value of a decrypted file known as a secret; of one that is no YAML every word, for a problem may quote it. */
export function learnSealed({ text }: Source, read: Result<Node>): void {
  if (read.ok) learnLeaves(read.value);
  else for (const word of new Set(text.split(/[\s,:[\]{}"'`]+/))) learnOpened(word);
}

function learnLeaves(node: Node): void {
  if (node.kind === 'list') for (const item of node.items) learnLeaves(item);
  else if (node.kind === 'map') for (const { value } of node.entries) learnLeaves(value);
  else if (node.value !== null && typeof node.value !== 'boolean') learnOpened(String(node.value));
}
