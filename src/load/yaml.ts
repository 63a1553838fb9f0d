// YAML text becomes a tree that knows where each word stands. What YAML would read differently from what was meant
// (`0644`, an unquoted `{{ x }}`, a second document) is a problem here, before it can become a wrong value.
import { parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { error } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { positionOf } from '../core/source.js';
import type { Source } from '../core/source.js';
import type { Node } from './node.js';
import { Problems } from './problems.js';
import { noteParsed } from './reads.js';
import { secretTag } from './secret-tag.js';
import { isSops, openSops } from './sops.js';
import { checkNesting } from './yaml-nesting.js';
import { controlCharacter, mergeConflict, tellYamlProblem } from './yaml-problems.js';
import { buildTree } from './yaml-tree.js';
import { learnSealed, vaultTags } from './yaml-vault.js';

/** The tree of a YAML text: one document, no deeper than 64 levels, every alias and merge key resolved, what SOPS sealed opened. */
export function parseYaml(source: Source): Result<Node> {
  const known = knownTree(source);
  if (known !== undefined) return ok(known);
  const tree = readTree(source);
  const read = andThen(tree, (node): Result<Node> => (isSops(node) ? openSops(node) : ok(node)));
  if (read.ok && tree.ok && read.value === tree.value)
    trees.set(source.path, { text: source.text, node: new WeakRef(read.value) });
  if (source.sealed === true) learnSealed(source, read);
  if (read.ok) noteParsed(source.path, read.value);
  return read;
}

/** A command looks at a file several times; its tree is made once, and goes when nobody holds it any more. */
const trees = new Map<string, { readonly text: string; readonly node: WeakRef<Node> }>();

/** The tree that was made of the same text. What a tag opens, or was sealed, is opened anew: that makes secrets known. */
function knownTree({ path, text, sealed }: Source): Node | undefined {
  const known = trees.get(path);
  if (known?.text !== text || sealed === true || /(?:^|[\s,[{])!/.test(text)) return undefined;
  const node = known.node.deref();
  if (node !== undefined) noteParsed(path, node);
  return node;
}

function readTree(source: Source): Result<Node> {
  const unreadable = controlCharacter(source) ?? checkNesting(source);
  if (unreadable !== undefined) return fail(unreadable);
  const parsed = parse(source);
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  const { version, explicit } = document.directives?.yaml ?? {};
  if (explicit === true && version !== '1.2') {
    return fail(
      error('yaml/version', `this is YAML ${version ?? ''}, not 1.2`, span(source, 0, 5), {
        hint: 'take the `%YAML` line out; `yes` and `0644` mean other things in YAML 1.1',
      }),
    );
  }
  const problems = new Problems();
  const said = [...document.errors, ...document.warnings];
  const conflict = said.length === 0 ? undefined : mergeConflict(source);
  if (conflict !== undefined) return fail(conflict);
  // What the parser meets behind the end of what it could read is a consequence of why it stopped.
  const first = said.findIndex((each) => each.code === 'UNEXPECTED_TOKEN');
  const causes = said.filter((each, index) => each.code !== 'UNEXPECTED_TOKEN' || index === first);
  problems.add(...causes.map((each) => tellYamlProblem(source, each)));
  if (problems.all.length > 0) return fail(...onePerLine(source, problems));
  return problems.orElse(buildTree(source, document, problems));
}

function span(source: Source, start: number, end: number): { source: Source; start: number; end: number } {
  return { source, start, end };
}

function parse(source: Source): Result<Document.Parsed> {
  // A file of garbage has an error in every place, and where we are in the parser helps nobody.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return ok(
      parseDocument(source.text, {
        merge: true,
        resolveKnownTags: false,
        customTags: [...vaultTags, secretTag],
        prettyErrors: false,
        logLevel: 'error',
        // The tree finds these itself, and knows where the first stands.
        uniqueKeys: false,
      }),
    );
  } catch (cause) {
    // The parser promises not to throw on bad input, but no longer calls it a vulnerability when it does.
    const message = cause instanceof Error ? cause.message : String(cause);
    const hint = 'is it the right file?';
    return fail(error('yaml/syntax', `this is not YAML: ${message}`, span(source, 0, 0), { hint }));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The parser says several things about one mistake; the first on a line is the one that helps. */
function onePerLine(source: Source, problems: Problems): Problems['all'] {
  const lines = new Set<number>();
  return problems.all.filter((each) => {
    const { line } = positionOf(source, each.span?.start ?? 0);
    if (lines.has(line)) return false;
    lines.add(line);
    return true;
  });
}
