// Compiles the templates of files that were read at start. Each function is for one place; what differs between them
// is how a value is written there. Values of variables and of hosts never come through here.
import type { SqlText } from '../core/connection.js';
import { error } from '../core/diagnostic.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Source, Span } from '../core/source.js';
import { constant } from '../core/template.js';
import type { Lookup, Template } from '../core/template.js';
import { mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { CommandScanner, CommandSink } from './command-words.js';
import { evaluate, renderParts } from './handlebars-evaluate.js';
import { needsOf } from './handlebars-needs.js';
import { parseTemplate } from './handlebars-syntax.js';
import type { Part, Placed } from './handlebars-tree.js';
import type { MapNode, Node, ScalarNode } from './node.js';
import { plain, problemsOf } from './paths.js';
import { scanParts } from './quote-scan.js';
import { ShellSink, shellSpots } from './shell-quoting.js';
import { SqlSink, sqlProblems } from './sql-binding.js';
import { isTooLarge, TextSink, textProblems, tooLarge } from './text-sink.js';

/** A template of any value: a whole tree, in which a text that is exactly one `{{ expression }}` keeps its type. */
export function compileValue(node: Node): Result<Template<Value>> {
  switch (node.kind) {
    case 'scalar':
      if (node.sealed === true) return ok(constant<Value>(node.value, node.span, '********'));
      return typeof node.value === 'string'
        ? compileString(node)
        : ok(constant(node.value, node.span, String(node.value)));
    case 'list':
      return andThen(all(node.items.map(compileValue)), (items) => ok(gather(node.span, items, (values) => values)));
    case 'map':
      return compileMap(node);
  }
}

/** A template of text: nothing is quoted. */
export function compileText(node: ScalarNode): Result<Template<string>> {
  return compilePlain(placedIn(node), node.span);
}

/** A template of a file's text: nothing is quoted. */
export function compileFileText(source: Source): Result<Template<string>> {
  const placed = placedAt(source);
  return compilePlain(placed, placed.at(0, source.text.length));
}

/** A template of a command line: words first, as a POSIX shell splits them, then values, one argument each. */
export function compileCommand(node: ScalarNode): Result<Template<readonly string[]>> {
  return andThen(parseTemplate(placedIn(node)), (parts) => {
    const scanner = new CommandScanner();
    const problems = [...scanParts(parts, scanner), ...scanner.problems];
    if (problems.length === 0 && scanner.state() !== 'none') {
      problems.push(
        error('command/open-quote', 'a quote or backslash of this command is never closed', node.span, {
          hint: 'close it, or write the words as a list',
        }),
      );
    }
    if (problems.length > 0) return fail(...problems);
    return ok(template(placedIn(node), node.span, parts, (scope) => renderWords(parts, scope, node.span)));
  });
}

/** A template of a shell script: each value is quoted for the spot where it stands. */
export function compileShell(node: ScalarNode): Result<Template<string>> {
  return andThen(parseTemplate(placedIn(node)), (parts) => {
    const { spots, problems } = shellSpots(parts, node.span);
    if (problems.length > 0) return fail(...problems);
    return ok(
      template(placedIn(node), node.span, parts, (scope) => {
        const sink = new ShellSink(spots);
        const found = renderParts(parts, scope, sink);
        return found.length > 0 ? fail(...found) : ok(sink.script);
      }),
    );
  });
}

/** A template of SQL: each value is a bound parameter. */
export function compileSql(node: ScalarNode): Result<Template<SqlText>> {
  return compileSqlText(placedIn(node), node.span);
}

/** A template of an SQL file: each value is a bound parameter. */
export function compileSqlFile(source: Source): Result<Template<SqlText>> {
  const placed = placedAt(source);
  return compileSqlText(placed, placed.at(0, source.text.length));
}

function placedIn(node: ScalarNode): Placed {
  return { text: node.value === null ? '' : String(node.value), at: (start, end) => node.at(start, end) };
}

function placedAt(source: Source): Placed {
  return { text: source.text, at: (start, end) => ({ source, start, end }) };
}

function template<T>(
  placed: Placed,
  span: Span,
  parts: readonly Part[],
  render: (scope: Lookup) => Result<T>,
): Template<T> {
  return { span, text: placed.text, needs: needsOf(parts), render };
}

function compileString(node: ScalarNode): Result<Template<Value>> {
  const placed = placedIn(node);
  return andThen(parseTemplate(placed), (parts) => {
    const [only, ...others] = parts;
    const problems = textProblems(parts);
    if (problems.length > 0) return fail(...problems);
    if (only === undefined) return ok(constant<Value>('', node.span, placed.text));
    if (only.kind === 'text' && others.length === 0) return ok(constant<Value>(only.text, node.span, placed.text));
    if (only.kind !== 'value' || others.length > 0) return compilePlain(placed, node.span);
    const { expression } = only;
    return ok(
      template<Value>(placed, node.span, parts, (scope) => {
        const result = evaluate(expression, scope);
        return result.ok ? plainResult(result.value, placed.text, only.span) : result;
      }),
    );
  });
}

function plainResult(value: Value, text: string, span: Span): Result<Value> {
  try {
    return ok(plain(value));
  } catch (thrown) {
    return fail(...problemsOf(thrown, text, span));
  }
}

function compileMap(node: MapNode): Result<Template<Value>> {
  const values = node.entries.map((entry) => compileValue(entry.value));
  const keys = node.entries.map((entry) => entry.key);
  return andThen(all(values), (templates) =>
    ok(gather(node.span, templates, (rendered) => mapOf(keys.map((key, index) => [key, rendered[index] ?? null])))),
  );
}

/** One template of many; without variables it is rendered here and now. */
function gather(
  span: Span,
  templates: readonly Template<Value>[],
  build: (values: readonly Value[]) => Value,
): Template<Value> {
  const render = (scope: Lookup): Result<Value> => {
    const values = all(templates.map((each) => each.render(scope)));
    if (!values.ok) return values;
    return isTooLarge(values.value) ? fail(tooLarge(span)) : ok(build(values.value));
  };
  const text = span.source.text.slice(span.start, span.end);
  return { span, text, needs: templates.flatMap((each) => each.needs), render };
}

function compilePlain(placed: Placed, span: Span): Result<Template<string>> {
  return andThen(parseTemplate(placed), (parts) => {
    const problems = textProblems(parts);
    if (problems.length > 0) return fail(...problems);
    return ok(
      template(placed, span, parts, (scope) => {
        const sink = new TextSink();
        const found = renderParts(parts, scope, sink);
        return found.length > 0 ? fail(...found) : ok(sink.written);
      }),
    );
  });
}

function compileSqlText(placed: Placed, span: Span): Result<Template<SqlText>> {
  return andThen(parseTemplate(placed), (parts) => {
    const problems = sqlProblems(parts, placed);
    if (problems.length > 0) return fail(...problems);
    return ok(
      template(placed, span, parts, (scope) => {
        const sink = new SqlSink();
        const found = renderParts(parts, scope, sink);
        return found.length > 0 ? fail(...found) : sink.sql;
      }),
    );
  });
}

function renderWords(parts: readonly Part[], scope: Lookup, span: Span): Result<readonly string[]> {
  const sink = new CommandSink();
  const found = renderParts(parts, scope, sink);
  if (found.length > 0) return fail(...found);
  const { words, problems } = sink.finish();
  if (problems.length > 0) return fail(...problems);
  if (words[0] === undefined || words[0] === '')
    return fail(error('command/empty', 'this command has no program to run', span));
  return ok(words);
}
