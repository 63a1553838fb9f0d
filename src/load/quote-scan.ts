// The places of values are known before anything runs: a scanner follows the quotes of the text between them,
// and both branches of a block must leave it where they found it.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { BlockPart, Part, TextPart, ValuePart } from './handlebars-tree.js';

/** Follows quotes through text. */
export interface Scanner {
  text(part: TextPart): void;
  value(part: ValuePart): void;
  /** An independent scanner in the same state. */
  copy(): this;
  /** The state of the quotes; equal for states in which a value would be written the same way. */
  state(): string;
  /** Takes in what differs in another branch that ended in the same state. */
  join(other: this): void;
}

/** Leads a scanner through the parts of a template; a block that opens or closes a quote is a problem. */
export function scanParts(parts: readonly Part[], scanner: Scanner): readonly Diagnostic[] {
  return parts.flatMap((part) => {
    if (part.kind === 'text') scanner.text(part);
    else if (part.kind === 'value') scanner.value(part);
    else return scanBlock(part, scanner);
    return [];
  });
}

function scanBlock(part: BlockPart, scanner: Scanner): readonly Diagnostic[] {
  const before = scanner.state();
  const otherwise = scanner.copy();
  const problems = [...scanParts(part.otherwise, otherwise), ...scanParts(part.body, scanner)];
  if (scanner.state() !== before || otherwise.state() !== before) {
    const hint = 'let every branch hold whole quoted texts';
    return [
      ...problems,
      error('template/block-in-quotes', 'a block must not open or close a quote', part.span, { hint }),
    ];
  }
  scanner.join(otherwise);
  // The second round of a loop starts where the first ended.
  if (part.helper === 'each') scanParts(part.body, scanner);
  return problems;
}
