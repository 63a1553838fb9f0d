// One argument that stands in a place: its text compiled for the place, and bound to the type that the place promises.

import type { Assertion, ControlFile, Place } from '../core/place.js';
import { andThen, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Source } from '../core/source.js';
import type { Lookup, Need, Template } from '../core/template.js';
import { compileCondition } from './condition.js';
import { valuesBehind } from './condition-values.js';
import { readBytes, readText } from './files.js';
import { findBeside } from './find.js';
import type { Place as Directory } from './find.js';
import type { ScalarNode } from './node.js';
import { compileOwnPlace } from './own-place.js';
import { compileCommand, compileFileText, compileShell, compileSql, compileSqlFile, compileText } from './template.js';

/** A text in a place: what it needs, and what it is bound to for a host. */
export interface PlacedArgument {
  readonly needs: readonly Need[];
  render(scope: Lookup): Result<unknown>;
}

/** Compiles a text for the place where it stands. Files are looked for in these directories. */
export function compilePlace(
  place: Place,
  node: ScalarNode,
  directories: readonly Directory[],
): Result<PlacedArgument> {
  switch (place) {
    case 'command':
      return compileCommand(node);
    case 'shell':
      return compileShell(node);
    case 'sql':
      return compileSql(node);
    case 'condition':
      return andThen(compileCondition(node), (condition) => ok(assertionOf(condition)));
    case 'file':
      return compileFile(node, within(directories, 'files'), readContent);
    case 'template-file':
      return compileFile(node, within(directories, 'templates'), readTemplate);
    case 'own':
      return compileOwnPlace(node, directories);
    case 'sql-file':
      return compileFile(node, within(directories, 'files'), (path, saidBy) =>
        andThen(readText(path, saidBy.span), compileSqlFile),
      );
  }
}

function within(directories: readonly Directory[], folder: string): readonly Directory[] {
  return directories.map(({ directory }) => ({ directory, folder }));
}

function assertionOf(condition: Template<boolean>): PlacedArgument {
  return {
    needs: condition.needs,
    render: (scope) =>
      andThen(condition.render(scope), (holds) => {
        const { text, needs } = condition;
        return ok<Assertion>(holds ? { text, holds } : { text, holds, values: valuesBehind(needs, scope) });
      }),
  };
}

type Read = (path: string, saidBy: ScalarNode) => Result<PlacedArgument>;

/** A file whose name is known is read now; one whose name is a template is read for each host. */
function compileFile(node: ScalarNode, directories: readonly Directory[], read: Read): Result<PlacedArgument> {
  return andThen(compileText(node), (name) => {
    const open = (scope: Lookup): Result<PlacedArgument> =>
      andThen(name.render(scope), (path) =>
        andThen(findBeside(path, directories, node.span), (found) => read(found, node)),
      );
    if (name.needs.length === 0) return open(nothing);
    return ok({ needs: name.needs, render: (scope) => andThen(open(scope), (file) => file.render(scope)) });
  });
}

const nothing: Lookup = { get: () => undefined, names: () => [] };

function readContent(path: string, saidBy: ScalarNode): Result<PlacedArgument> {
  return andThen(readBytes(path, saidBy.span), (content) =>
    ok({ needs: [], render: () => ok<ControlFile>({ path, content }) }),
  );
}

function readTemplate(path: string, saidBy: ScalarNode): Result<PlacedArgument> {
  const compile = (source: Source): Result<PlacedArgument> =>
    andThen(compileFileText(source), (template) =>
      ok({
        needs: template.needs,
        render: (scope: Lookup) =>
          andThen(template.render(scope), (text) => ok<ControlFile>({ path, content: Buffer.from(text) })),
      }),
    );
  return andThen(readText(path, saidBy.span), compile);
}
