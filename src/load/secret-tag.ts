// `!secret { env: NAME }`, `!secret { file: PATH }`, `!secret { command: WORDS }`: a value that stands in no file of ours. It
// is read when a command goes to hosts; whoever only looks at files sees that there is a secret, and no program is run.
import { YAMLMap } from 'yaml';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { WordSplitter } from './command-words.js';
import type { MapNode, Node, ScalarNode } from './node.js';
import { learnOpened, secretsAtHand } from './vault/open.js';

/** Where a secret is. */
export type SecretSource =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly words: readonly string[] };

/** Reads a secret; the span is where it is named. */
export type ReadSecret = (source: SecretSource, span: Span) => Result<string>;

const name = '!secret';

/** The tag as the parser wants it. */
export const secretTag = { tag: name, collection: 'map' as const, nodeClass: YAMLMap, resolve: (map: unknown) => map };

/** True for the tag of a secret that stands elsewhere. */
export function isSecretTag(tag: string | undefined): boolean {
  return tag === name;
}

/** The value that the map behind the tag names, known as a secret. */
export function readSecretNode(map: MapNode): Result<ScalarNode> {
  return andThen(sourceOf(map), (source) => {
    const read = secretsAtHand()?.(source, map.span) ?? ok('********');
    return andThen(read, (value) => {
      if (value !== '********') learnOpened(value);
      return ok<ScalarNode>({ kind: 'scalar', value, span: map.span, sealed: true, at: () => map.span });
    });
  });
}

function sourceOf({ entries, span }: MapNode): Result<SecretSource> {
  const [entry, ...others] = entries;
  const words = entry === undefined ? [] : wordsOf(entry.key, entry.value);
  const [first = ''] = words;
  if (others.length > 0 || first === '') return fail(wrongForm(span));
  switch (entry?.key) {
    case 'env':
      return /^[A-Za-z_]\w*$/.test(first) ? ok({ kind: 'env', name: first }) : fail(wrongForm(span));
    case 'file':
      return ok({ kind: 'file', path: first });
    case 'command':
      return ok({ kind: 'command', words });
    default:
      return fail(wrongForm(span));
  }
}

/** The words of a command, as a list or as a shell would split them; of anything else the text. */
function wordsOf(key: string, value: Node): readonly string[] {
  if (value.kind === 'list' && key === 'command') {
    const texts = value.items.flatMap((item) => (item.kind === 'scalar' ? String(item.value) : []));
    return texts.length === value.items.length ? texts : [];
  }
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return [];
  if (key !== 'command') return [value.value];
  const splitter = new WordSplitter();
  splitter.add(value.value);
  if (splitter.place !== 'none') return [];
  splitter.end();
  return splitter.words;
}

function wrongForm(span: Span): Diagnostic {
  const hint = 'write one of `{ env: NAME }`, `{ file: PATH }`, `{ command: PROGRAM WORDS }`';
  return error('secret/wrong-form', 'this does not say where the secret is', span, { hint });
}

/** The problem of a secret that is not where it should be. */
export function secretNotThere(why: string, span: Span): Diagnostic {
  return error('secret/not-there', `there is no secret here: ${why}`, span, {
    hint: 'put it there, or say where else it is; nothing was connected to',
  });
}
