// Files that SOPS encrypted for age: keys are plain, each value is sealed with AES-256-GCM under a key of the file, bound to
// the keys that lead to it, and a MAC over all values tells whether one was taken out, added, or moved.
import { createDecipheriv, createHash } from 'node:crypto';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { openForUs } from './age/open.js';
import type { Entry, MapNode, Node, ScalarNode } from './node.js';
import { learnOpened } from './vault/open.js';

const keyBytes = 32;
const tagBytes = 16;
const sealedValue = /^ENC\[AES256_GCM,data:(.*),iv:(.+),tag:(.+),type:(\w+)\]$/s;

/** What SOPS begins a MAC with that is over the encrypted values alone: the SHA-256 of `sops`. */
const onlyEncrypted = createHash('sha256').update('sops').digest();

/** True for the tree of a file that SOPS wrote. */
export function isSops(node: Node): node is MapNode {
  const about = node.kind === 'map' ? node.get('sops')?.value : undefined;
  return about?.kind === 'map' && about.get('mac') !== undefined && about.get('lastmodified') !== undefined;
}

/** The tree with its values decrypted, each of them known as a secret, and without what SOPS says of itself. */
export function openSops(root: MapNode): Result<MapNode> {
  const entry = root.get('sops');
  if (entry?.value.kind !== 'map') return ok(root);
  const about = entry.value;
  return andThen(dataKey(about, entry.keySpan), (key) => {
    const opening = new Opening(key, about.get('mac_only_encrypted')?.value);
    const entries = root.entries.filter((each) => each !== entry);
    const opened = opening.map({ ...root, entries }, []);
    if (opening.problems.length > 0) return fail(...opening.problems);
    return isWhole(about, key, opening.mac()) ? ok(opened) : fail(changed(about.get('mac')?.value.span));
  });
}

/** The key of the file, from the first recipient that one of our identities is. */
function dataKey(about: MapNode, span: Span): Result<Buffer> {
  const groups = about.get('key_groups')?.value;
  const [group, ...others] = groups?.kind === 'list' ? groups.items : [];
  if (others.length > 0) {
    const hint = 'encrypt it anew with one group of keys, an age recipient among them';
    return fail(error('sops/not-age', 'the key of this file is split over groups of keys', span, { hint }));
  }
  const listed = (group?.kind === 'map' ? group : about).get('age')?.value;
  const recipients = listed?.kind === 'list' ? listed.items : [];
  const texts = recipients.flatMap((each) => (each.kind === 'map' ? textOf(each.get('enc')) : []));
  if (texts.length === 0) {
    const hint = 'add one: `sops rotate --add-age AGE1... -i FILE`';
    return fail(error('sops/not-age', 'this file has no age recipient', span, { hint }));
  }
  const tried = texts.map((text) => openForUs(Buffer.from(text), span));
  const found = tried.find((each) => each.ok) ?? tried.at(-1);
  if (found?.ok !== true) return found ?? fail(changed(span));
  return found.value.length === keyBytes ? ok(found.value) : fail(changed(span));
}

function textOf(entry: Entry | undefined): string | readonly never[] {
  return entry?.value.kind === 'scalar' && typeof entry.value.value === 'string' ? entry.value.value : [];
}

function isWhole(about: MapNode, key: Buffer, found: string): boolean {
  const [said, at] = [textOf(about.get('mac')), textOf(about.get('lastmodified'))];
  return typeof said === 'string' && typeof at === 'string' && unseal(said, key, at)?.plain.toString() === found;
}

function changed(span: Span | undefined): Diagnostic {
  const hint = 'take it from version control, or change it with `sops`, which seals it anew';
  return error('sops/changed', 'this file was changed by something else than SOPS', span, { hint });
}

/** A walk over all values, in the order of the file. */
class Opening {
  readonly problems: Diagnostic[] = [];
  readonly #key: Buffer;
  readonly #hash = createHash('sha512');
  readonly #sealedOnly: boolean;

  constructor(key: Buffer, sealedOnly: Node | undefined) {
    this.#key = key;
    this.#sealedOnly = sealedOnly?.kind === 'scalar' && sealedOnly.value === true;
    if (this.#sealedOnly) this.#hash.update(onlyEncrypted);
  }

  mac(): string {
    return this.#hash.digest('hex').toUpperCase();
  }

  map(node: MapNode, path: readonly string[]): MapNode {
    const entries = node.entries.map((entry) => ({ ...entry, value: this.#open(entry.value, [...path, entry.key]) }));
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    return { ...node, entries, get: (key) => byKey.get(key) };
  }

  #open(node: Node, path: readonly string[]): Node {
    if (node.kind === 'map') return this.map(node, path);
    // The place in a list is no part of what a value is bound to; the order is what the MAC is for.
    if (node.kind === 'list') return { ...node, items: node.items.map((item) => this.#open(item, path)) };
    if (typeof node.value === 'string' && node.value.startsWith('ENC[')) return this.#unseal(node, node.value, path);
    if (!this.#sealedOnly && node.value !== null) this.#hash.update(wordOf(node.value));
    return node;
  }

  #unseal(node: ScalarNode, text: string, path: readonly string[]): ScalarNode {
    const unsealed = unseal(text, this.#key, `${path.join(':')}:`);
    if (unsealed === undefined) {
      this.problems.push(changedValue(path, node.span));
      return node;
    }
    const { plain, type } = unsealed;
    this.#hash.update(plain);
    const value = valueOf(plain.toString(), type);
    if (typeof value !== 'boolean') learnOpened(String(value));
    return { kind: 'scalar', value, span: node.span, sealed: true, at: () => node.span };
  }
}

function changedValue(path: readonly string[], span: Span): Diagnostic {
  const hint = 'it was changed, or moved here from another key; take the file from version control';
  return error('sops/changed', `the value of \`${path.join('.')}\` cannot be decrypted`, span, { hint });
}

function unseal(
  text: string,
  key: Buffer,
  bound: string,
): { readonly plain: Buffer; readonly type: string } | undefined {
  const [, data = '', iv = '', tag = '', type = ''] = sealedValue.exec(text) ?? [];
  const seal = Buffer.from(tag, 'base64');
  if (seal.length !== tagBytes) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(bound)).setAuthTag(seal);
    const plain = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]);
    return { plain, type };
  } catch {
    return undefined;
  }
}

function valueOf(text: string, type: string): string | number | boolean {
  if (type === 'bool') return text.toLowerCase() === 'true';
  const number = type === 'int' || type === 'float' ? Number(text) : Number.NaN;
  // A number that cannot be held exactly stays the text that it is.
  return type === 'int' && !Number.isSafeInteger(number) ? text : Number.isFinite(number) ? number : text;
}

/** A plain value as SOPS spells it for its MAC. */
function wordOf(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? decimal(value) : value;
}

/** A number without the exponent that JavaScript gives to small ones; large ones are refused by the YAML reader. */
function decimal(value: number): string {
  const [, sign = '', whole = '', fraction = '', zeros] = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(String(value)) ?? [];
  return zeros === undefined ? String(value) : `${sign}0.${'0'.repeat(Number(zeros) - 1)}${whole}${fraction}`;
}
