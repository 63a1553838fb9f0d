// Values that nobody quotes: `{{raw x}}` in a command, a script or SQL becomes part of it, whatever is in it.
import { andThen } from '../../core/result.js';
import type { Place } from '../../core/place.js';
import type { Span } from '../../core/source.js';
import { readSource } from '../files.js';
import { findBeside } from '../find.js';
import type { ScalarNode } from '../node.js';
import { finding } from './finding.js';
import type { Finding } from './finding.js';
import type { Holder } from './holders.js';
import { placedTexts } from './placed-texts.js';

const words: Readonly<Partial<Record<Place, string>>> = {
  command: 'a command',
  shell: 'a shell script',
  sql: 'SQL',
  'sql-file': 'SQL',
};

/** The raw values of a task, those in its SQL files included. Files are looked for in these directories. */
export function lintRawValues(holder: Holder, directories: readonly string[]): readonly Finding[] {
  return placedTexts(holder).flatMap(({ node, place }) => {
    const where = words[place];
    if (where === undefined || typeof node.value !== 'string') return [];
    const found =
      place === 'sql-file'
        ? inFile(node.value, node, directories)
        : rawIn(node.value, (start, end) => node.at(start, end));
    return found.map(({ span, expression }) =>
      finding('lint/raw-value', `a value stands in ${where} as it is, unquoted`, span, {
        hint: safeForm(place, expression),
        task: holder.map.span,
        severity: 'error',
      }),
    );
  });
}

/** A raw value, and what is written behind `raw`. */
interface RawValue {
  readonly span: Span;
  readonly expression: string;
}

function safeForm(place: Place, expression: string): string {
  // A call within parentheses stands without them when it is alone.
  const plain = expression.replace(/^\((.*)\)$/s, '$1');
  if (place === 'command') return `write \`{{${plain}}}\`, which is one argument whatever is in it; a list is several`;
  if (place === 'shell') return `write \`{{${plain}}}\`, which is one word whatever is in it; a list is several`;
  return `write \`{{${plain}}}\`, which is bound, or \`{{ident ${expression}}}\` for a name`;
}

function rawIn(text: string, at: (start: number, end: number) => Span): readonly RawValue[] {
  return [...text.matchAll(/\{\{~?\s*raw\s([^}]*?)\s*~?\}\}/g)].map((match) => ({
    span: at(match.index, match.index + match[0].length),
    expression: (match[1] ?? '').trim(),
  }));
}

/** A file that is not there, or whose name is a variable, has nothing to say here. */
function inFile(name: string, node: ScalarNode, directories: readonly string[]): readonly RawValue[] {
  const places = directories.map((directory) => ({ directory, folder: 'files' }));
  const source = andThen(findBeside(name, places, node.span), (path) => readSource(path, node.span));
  if (!source.ok) return [];
  return rawIn(source.value.text, (start, end) => ({ source: source.value, start, end }));
}
