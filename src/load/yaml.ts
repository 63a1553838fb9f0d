// YAML text becomes a tree that knows where each word stands. What YAML would read differently from what was meant
// (`0644`, an unquoted `{{ x }}`, a second document) is a problem here, before it can become a wrong value.
import { parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { positionOf } from '../core/source.js';
import type { Source } from '../core/source.js';
import type { Node } from './node.js';
import { Problems } from './problems.js';
import { checkNesting } from './yaml-nesting.js';
import { controlCharacter, tellYamlProblem } from './yaml-problems.js';
import { buildTree } from './yaml-tree.js';

/** The tree of a YAML text: one document, no deeper than 64 levels, every alias and merge key resolved. */
export function parseYaml(source: Source): Result<Node> {
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
  problems.add(
    ...document.errors.map((each) => tellYamlProblem(source, each)),
    ...document.warnings.map((each) => tellYamlProblem(source, each)),
  );
  if (problems.all.length > 0) return fail(...onePerLine(source, problems));
  return problems.orElse(buildTree(source, document, problems));
}

function span(source: Source, start: number, end: number): { source: Source; start: number; end: number } {
  return { source, start, end };
}

function parse(source: Source): Result<Document.Parsed> {
  try {
    return ok(
      parseDocument(source.text, {
        merge: true,
        resolveKnownTags: false,
        prettyErrors: false,
        logLevel: 'error',
      }),
    );
  } catch (cause) {
    // The parser promises not to throw on bad input, but no longer calls it a vulnerability when it does.
    const message = cause instanceof Error ? cause.message : String(cause);
    return fail(error('yaml/syntax', `this is not YAML: ${message}`, span(source, 0, 0)));
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
