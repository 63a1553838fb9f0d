// From the parser's document to the small tree of this room: aliases followed, merge keys spread,
// and every scalar that plain data cannot hold, or that YAML silently bends, refused.
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { error } from '../core/diagnostic.js';
import type { Diagnostic, DiagnosticDetails } from '../core/diagnostic.js';
import type { Result } from '../core/result.js';
import type { Source, Span } from '../core/source.js';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './node.js';
import type { Problems } from './problems.js';
import { maxNesting, nestsTooDeep } from './yaml-nesting.js';
import { modeFix } from './fixes.js';
import { reservedKeys } from './reserved.js';
import { isSecretTag, readSecretNode } from './secret-tag.js';
import { duplicateKey, quoteTemplate } from './yaml-problems.js';
import { locator } from './yaml-scalar.js';
import { isVaultTag, openScalar } from './yaml-vault.js';

/** Nodes that a file may hold once every alias is followed; more is an alias bomb. */
const maxNodes = 100_000;

/** The tree of a document; nothing when it holds a problem, which is then in `problems`. */
export function buildTree(source: Source, document: Document.Parsed, problems: Problems): Node | undefined {
  const node = new TreeBuilder(source, problems).build(document.contents, 0);
  return problems.all.length > 0 ? undefined : node;
}

/** A map node of these entries; a lookup never meets a prototype. */
function mapNode(entries: readonly Entry[], span: Span): MapNode {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  return { kind: 'map', entries, span, get: (key) => byKey.get(key) };
}

class TreeBuilder {
  readonly #source: Source;
  readonly #problems: Problems;
  readonly #open = new Set<unknown>();
  /** Anchors said so far; the parser's own look-up walks the whole document for each alias. */
  readonly #anchors = new Map<string, unknown>();
  /** How many aliases are being followed. */
  #aliases = 0;
  #nodes = 0;

  constructor(source: Source, problems: Problems) {
    this.#source = source;
    this.#problems = problems;
  }

  build(node: unknown, depth: number): Node {
    this.#nodes += 1;
    if (this.#nodes > maxNodes) {
      return this.#refuse('yaml/too-large', `more than ${maxNodes} values`, node, {
        hint: 'aliases (`*x`) that repeat one another multiply; write less with them',
      });
    }
    if (depth > maxNesting) {
      this.#once(nestsTooDeep(this.#source, this.#spanOf(node).start));
      return this.#nothing(this.#spanOf(node));
    }
    if (isAlias(node)) return this.#alias(node, depth);
    this.#rememberAnchor(node);
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return this.#list(node, depth);
    if (isScalar(node)) return this.#scalar(node);
    return this.#nothing(this.#spanOf(node));
  }

  #rememberAnchor(node: unknown): void {
    if (this.#aliases > 0 || !(isMap(node) || isSeq(node) || isScalar(node))) return;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #alias(alias: Alias, depth: number): Node {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      return this.#refuse('yaml/unknown-alias', `no anchor \`&${alias.source}\` before this`, alias, {
        hint: 'put quotes around a text that starts with `*`',
      });
    }
    if (this.#open.has(target)) {
      return this.#refuse('yaml/alias-circle', `alias \`*${alias.source}\` stands inside its own anchor`, alias, {
        hint: 'put quotes around a text that starts with `*`, or take it out',
      });
    }
    this.#aliases += 1;
    const built = this.build(target, depth);
    this.#aliases -= 1;
    return built;
  }

  #list(list: YAMLSeq, depth: number): ListNode {
    this.#open.add(list);
    const items = list.items.map((item) => this.build(item, depth + 1));
    this.#open.delete(list);
    return { kind: 'list', items, span: this.#spanOf(list) };
  }

  #map(map: YAMLMap, depth: number): Node {
    const span = this.#spanOf(map);
    if (this.#source.text.startsWith('{{', span.start)) {
      return this.#refuse('yaml/unquoted-template', 'a text that starts with `{{` must be quoted', map, {
        hint: quoteTemplate,
      });
    }
    this.#open.add(map);
    const said = new Map<string, Entry>();
    const merged: Entry[] = [];
    let merge: Span | undefined;
    for (const pair of map.items) {
      if (!isMergeKey(pair)) this.#entry(pair, depth, said);
      else if (merge === undefined) {
        merge = this.#spanOf(pair.key);
        merged.push(...this.#merge(pair, depth));
      } else this.#problems.add(duplicateKey(this.#spanOf(pair.key), merge));
    }
    this.#open.delete(map);
    for (const entry of merged) if (!said.has(entry.key)) said.set(entry.key, entry);
    const node = mapNode([...said.values()], span);
    return isSecretTag(map.tag) ? this.#sealed(readSecretNode(node), span) : node;
  }

  #entry(pair: Pair, depth: number, said: Map<string, Entry>): void {
    const keySpan = this.#spanOf(pair.key);
    this.#rememberAnchor(pair.key);
    const key = this.#key(pair.key, keySpan);
    const value = pair.value === null ? this.#nothing(keySpan) : this.build(pair.value, depth + 1);
    if (key === undefined) return;
    const first = said.get(key);
    if (first === undefined) said.set(key, { key, keySpan, value });
    else this.#problems.add(duplicateKey(keySpan, first.keySpan));
  }

  #key(key: unknown, span: Span): string | undefined {
    const resolved = isAlias(key) ? this.#anchors.get(key.source) : key;
    const value: unknown = isScalar(resolved) ? resolved.value : undefined;
    if (typeof value === 'string' && reservedKeys.has(value)) {
      const hint = 'take another name: objects of JavaScript have this one already';
      this.#problems.add(error('yaml/reserved-key', `\`${value}\` cannot be a key`, span, { hint }));
      return undefined;
    }
    if (typeof value === 'string') return value;
    // Plain data knows no other keys than texts.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    const template = this.#source.text.startsWith('{{', span.start);
    this.#problems.add(
      error('yaml/key', 'a key must be a plain text', span, {
        hint: template ? quoteTemplate : 'put quotes around it',
      }),
    );
    return undefined;
  }

  /** The entries that `<<` brings in; of several maps the first to say a key wins. */
  #merge(pair: Pair, depth: number): readonly Entry[] {
    const value = this.build(pair.value, depth + 1);
    const maps = value.kind === 'list' ? value.items : [value];
    return maps.flatMap((each) => {
      if (each.kind === 'map') return each.entries;
      this.#refuse('yaml/merge', '`<<` takes a map or a list of maps', pair.key, {
        hint: 'write `<<: *anchor`, or the keys themselves',
      });
      return [];
    });
  }

  #scalar(scalar: Scalar): ScalarNode {
    const span = this.#spanOf(scalar);
    const { value } = scalar;
    if (isVaultTag(scalar.tag)) return this.#sealed(openScalar(String(value), span), span);
    if (typeof value === 'string') {
      if (/\p{Surrogate}/u.test(value)) {
        return this.#refuse('yaml/half-character', 'an escape of half a character stands here', scalar, {
          hint: 'write the character itself, or both halves: `"\\ud83d\\ude42"`',
        });
      }
      return { kind: 'scalar', value, span, at: locator(span, value, scalar.type ?? 'PLAIN') };
    }
    if (typeof value === 'number') this.#checkNumber(value, scalar);
    const plain = typeof value === 'number' || typeof value === 'boolean' ? value : null;
    return { kind: 'scalar', value: plain, span, at: () => span };
  }

  #sealed(opened: Result<ScalarNode>, span: Span): ScalarNode {
    if (opened.ok) return opened.value;
    for (const problem of opened.problems) this.#once(problem);
    return this.#nothing(span);
  }

  #checkNumber(value: number, scalar: Scalar): void {
    const spelled = scalar.source ?? String(value);
    if (/^[-+]?0\d/.test(spelled) && !spelled.includes('.')) {
      this.#refuse('yaml/leading-zero', `\`${spelled}\` would be read as the number ${value}`, scalar, {
        hint: `write it in quotes: \`"${spelled}"\``,
        fix: modeFix(this.#spanOf(scalar)),
      });
    } else if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      this.#refuse('yaml/number', `\`${spelled}\` cannot be held exactly as a number`, scalar, {
        hint: `write it in quotes: \`"${spelled}"\``,
      });
    }
  }

  #spanOf(node: unknown): Span {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    const [start, end] = range ?? [0, 0];
    return { source: this.#source, start, end: withoutTrailingSpace(this.#source.text, start, end) };
  }

  #nothing(span: Span): ScalarNode {
    return { kind: 'scalar', value: null, span, at: () => span };
  }

  #refuse(code: Diagnostic['code'], message: string, at: unknown, details: DiagnosticDetails = {}): ScalarNode {
    const span = this.#spanOf(at);
    this.#once(error(code, message, span, details));
    return this.#nothing(span);
  }

  /** A file that is too deep or too large is so in very many places; one of them is enough. */
  #once(problem: Diagnostic): void {
    const limit = problem.code === 'yaml/too-deep' || problem.code === 'yaml/too-large';
    const known = this.#problems.all.some(
      (each) => each.code === problem.code && (limit || each.span?.start === problem.span?.start),
    );
    if (!known) this.#problems.add(problem);
  }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && typeof pair.key.value === 'symbol';
}

function withoutTrailingSpace(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text.charAt(at - 1))) at -= 1;
  return at;
}
