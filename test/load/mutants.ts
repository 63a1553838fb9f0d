// Small mistakes of typing, one at a time: the words of a playbook that name something, and what a slip makes of each.
import { parseYaml } from '../../src/load/yaml.js';
import type { Node, ScalarNode } from '../../src/load/node.js';

/** One slip: which word of a file became which. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  readonly wrong: string;
  readonly text: string;
}

interface Word {
  readonly start: number;
  readonly text: string;
}

const namesSomething = new Set(['hosts', 'tags', 'register', 'notify', 'loop_var', 'index_var', 'delegate_to']);
const conditions = new Set(['when', 'until', 'that', 'changed_when', 'failed_when']);

/** A slip for every other word of a file that names something: a letter is left out or, for every other word, a neighbour's key is hit. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const tree = parseYaml({ path: file, text });
  if (!tree.ok) throw new Error(`${file} is no YAML`);
  const words = new Map(wordsIn(tree.value, '').map((word) => [word.start, word]));
  return [...words.values()]
    .filter((_, index) => index % 2 === 0)
    .flatMap((word, index) => slips(word.text, index).map((wrong) => mutant(file, text, word, wrong)));
}

function mutant(file: string, text: string, word: Word, wrong: string): Mutant {
  const line = text.slice(0, word.start).split('\n').length;
  const after = text.slice(word.start + word.text.length);
  return { file, line, word: word.text, wrong, text: text.slice(0, word.start) + wrong + after };
}

/** Which letter slips goes round with the words, so that all places in a word come up. */
function slips(word: string, index: number): readonly string[] {
  const at = index % word.length;
  const without = word.slice(0, at) + word.slice(at + 1);
  const other = word.slice(0, at) + neighbour(word.charAt(at)) + word.slice(at + 1);
  const wrong = index % 2 === 0 && without !== '' ? without : other;
  return wrong === word ? [] : [wrong];
}

const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1234567890'];

function neighbour(letter: string): string {
  const row = rows.find((each) => each.includes(letter.toLowerCase())) ?? 'mn';
  const at = row.indexOf(letter.toLowerCase());
  return row.charAt(at + 1) || row.charAt(at - 1);
}

function wordsIn(node: Node, under: string): readonly Word[] {
  if (node.kind === 'list') return node.items.flatMap((item) => wordsIn(item, under));
  if (node.kind === 'scalar') return wordsOfScalar(node, under);
  return node.entries.flatMap(({ key, keySpan, value }) => [
    { start: keySpan.start, text: key },
    ...wordsIn(value, key),
  ]);
}

function wordsOfScalar(node: ScalarNode, under: string): readonly Word[] {
  if (typeof node.value !== 'string') return [];
  if (conditions.has(under)) return identifiers(node, node.value, 0);
  const templates = [...node.value.matchAll(/\{\{(.*?)\}\}/gs)];
  const inside = templates.flatMap((found) => identifiers(node, found[1] ?? '', found.index + 2));
  if (templates.length > 0 || !namesSomething.has(under)) return inside;
  return identifiers(node, node.value, 0);
}

/** Names outside of quotes; numbers, and the words of the language itself, are none. */
function identifiers(node: ScalarNode, text: string, from: number): readonly Word[] {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (quoted) => ' '.repeat(quoted.length));
  return [...bare.matchAll(/[A-Za-z_]\w*/g)].flatMap((found) => {
    const at = node.at(from + found.index, from + found.index + found[0].length);
    return at.source.text.slice(at.start, at.end) === found[0] ? [{ start: at.start, text: found[0] }] : [];
  });
}
