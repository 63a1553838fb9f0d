// What the tests of templates and conditions share: nodes from plain text, variables from plain data,
// and results as one line that a table can compare.
import type { Diagnostic } from '../../src/core/diagnostic.js';
import { ok } from '../../src/core/result.js';
import type { Result } from '../../src/core/result.js';
import { positionOf } from '../../src/core/source.js';
import type { Lookup, Template } from '../../src/core/template.js';
import type { ValueMap } from '../../src/core/value.js';
import type { ScalarNode } from '../../src/load/node.js';

/** A scalar as YAML would give it, standing alone in its file. */
export function scalar(value: ScalarNode['value']): ScalarNode {
  const source = { path: 'test.yml', text: String(value) };
  const at = (start: number, end: number): ScalarNode['span'] => ({ source, start, end });
  return { kind: 'scalar', value, span: at(0, source.text.length), at };
}

/** Variables that are plain data. */
export function lookup(variables: ValueMap): Lookup {
  return {
    get: (name) => (Object.hasOwn(variables, name) ? ok(variables[name] ?? null) : undefined),
    names: () => Object.keys(variables),
  };
}

/** A problem as `code line:column message | hint`. */
export function told(problem: Diagnostic): string {
  const { span, hint } = problem;
  const at = span === undefined ? '' : positionOf(span.source, span.start);
  const place = at === '' ? '' : ` ${at.line}:${at.column}`;
  return `${problem.code}${place} ${problem.message}${hint === undefined ? '' : ` | ${hint}`}`;
}

/** The value of a result, or its problems, each told in a line. */
export function outcome<T>(result: Result<T>): T | readonly string[] {
  return result.ok ? result.value : result.problems.map(told);
}

/** What comes of compiling and rendering: the value, or the problems of either. */
export function rendered<T>(compiled: Result<Template<T>>, variables: ValueMap): T | readonly string[] {
  return compiled.ok ? outcome(compiled.value.render(lookup(variables))) : outcome(compiled);
}
