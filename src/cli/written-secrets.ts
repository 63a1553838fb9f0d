// A frame shows a line of a file, and the line may hold a password. So whatever the files of a problem say
// under a secret name is hidden in what is shown of it, even from a file that nobody could make sense of.
import type { Diagnostic } from '../core/diagnostic.js';
import { isSecretName, Redactor } from '../core/redact.js';
import type { Source } from '../core/source.js';

// `name: value`, `"name": value`, `name=value`; the value reaches to the end of its line, more pairs may stand in it.
// The lengths keep a line of a mebibyte from taking the square of it.
const pair = /(?<![\w.-])([\w.-]{1,100})["']?[ \t]{0,20}(?::(?=[\s"'])|=(?!=))[ \t]{0,20}(?=(.{0,300}))/g;
const mostSecrets = 1000;

/** A redactor that hides what the files of these problems say under secret names. */
export function hidingWrittenSecrets(problems: readonly Diagnostic[]): Redactor {
  const redactor = new Redactor();
  const sources = problems.flatMap(({ span, labels = [] }) => [span, ...labels.map((each) => each.span)]);
  const distinct = new Set(sources.flatMap((span) => span?.source ?? []));
  const secrets = new Set([...distinct].flatMap(secretsIn));
  for (const secret of [...secrets].slice(0, mostSecrets)) redactor.add(secret);
  return redactor;
}

function secretsIn({ text }: Source): readonly string[] {
  return [...text.matchAll(pair)].flatMap((match) => {
    const [all, name = '', written = ''] = match;
    // What stands behind this tag says where the secret is.
    if (!isSecretName(name) || written.startsWith('!secret ')) return [];
    // The tag is no part of a secret, and what stands below it is encrypted.
    const value = written.replace(/^!vault(?:-encrypted)?[ \t]+/, '');
    if (value !== written && /^[|>]/.test(value)) return [];
    if (/^[|>]/.test(value)) return linesBelow(text, match.index + all.length);
    // What stands in braces has names of its own, and what a template says is no secret yet.
    return /^(?:\{(?!\{)|(?:true|false)\b)/.test(value) ? [] : wordsOf(value);
  });
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The lines of a block text, which are indented deeper than its key. */
function linesBelow(text: string, at: number): readonly string[] {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const [first = '', ...lines] = text.slice(start).split('\n');
  const end = lines.findIndex((line) => line.trim() !== '' && indentOf(line) <= indentOf(first));
  return lines.slice(0, end === -1 ? undefined : end).map((line) => line.trim());
}

/** A value as a whole, and each word in it: who forgot a quote sees its parts taken for something else. */
function wordsOf(value: string): readonly string[] {
  const plain = value.replaceAll(/\{\{.*?(?:\}\}|$)/g, ' ').trim();
  const words = [plain, plain.replace(/^(["'])(.*)\1$/, '$2'), ...plain.split(/[\s,[\]{}"']+/)];
  return words.filter((word) => word !== '');
}
