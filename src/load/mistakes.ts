// The words for values that are not what they should be; the same everywhere, with the same hints.
import { error } from '../core/diagnostic.js';
import type { Diagnostic, Fix } from '../core/diagnostic.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { Node, ScalarNode } from './node.js';

const booleans: Readonly<Record<string, boolean>> = { yes: true, no: false, on: true, off: false, y: true, n: false };

/** True when a scalar is a text that holds a template. */
export function isTemplated(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{');
}

/** The hint for a text that was meant as a boolean. */
export function hintForBoolean(value: Value): string | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'false') return `write \`${word}\` without quotes`;
  if (!Object.hasOwn(booleans, word)) return undefined;
  return `\`${value}\` is a string in YAML 1.2; write \`${String(booleans[word])}\``;
}

/** What a text means that was meant as a boolean. */
export function meantBoolean(value: Value): boolean | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  return Object.hasOwn(booleans, word) ? booleans[word] : undefined;
}

/** A value as a message shows it: short ones as they are, else only their kind. */
export function show(value: Value): string {
  if (typeof value === 'string') {
    return value.length <= 40 && !value.includes('\n') ? `the string \`${value}\`` : 'a long string';
  }
  if (typeof value === 'number' || typeof value === 'boolean') return `\`${String(value)}\``;
  return kindOf(value);
}

/** A node as a message shows it. */
export function showNode(node: Node): string {
  return node.kind === 'scalar' ? show(node.value) : node.kind === 'list' ? 'a list' : 'a map';
}

/** The problem of a keyword that takes something else. */
export function wrongKind(key: string, node: Node, wanted: string, hint?: string, fix?: Fix): Diagnostic {
  const message = `\`${key}\` must be ${wanted}, not ${showNode(node)}`;
  return error('playbook/wrong-value', message, node.span, { hint: hint ?? hintForKind(key, node, wanted), fix });
}

/** How to write what is wanted, from the words that say it. */
function hintForKind(key: string, node: Node, wanted: string): string {
  if (node.kind === 'scalar' && node.value === null) return 'give it a value, or take the line out';
  if (wanted.includes('`false`')) return 'write `true` or `false`, without quotes';
  if (wanted.startsWith('a map')) return 'write `name: value` below it, one a line';
  if (wanted.startsWith('a list')) return 'write each item below it, with `- ` in front';
  if (wanted.includes('condition')) return "write an expression, such as `inventory_hostname == 'a'`";
  if (wanted.includes('seconds')) return `write \`${key}: 30s\`; 24 days are the most`;
  if (wanted.includes('number')) return `write \`${key}: 1\`, without quotes`;
  const isPlain = node.kind === 'scalar' && node.value !== '';
  return isPlain ? `write it in quotes: \`"${String(node.value)}"\`` : 'write words, such as `"a text"`';
}

/** The plain text of a scalar. */
export function textOf(node: ScalarNode): string {
  return node.value === null ? '' : String(node.value);
}
