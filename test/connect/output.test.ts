// A line without an end is told in pieces, and what stands at a cut is known to have been cut.
import { expect, test } from 'vitest';
import { Output } from '../../src/connect/output.js';
import { Redactor } from '../../src/core/redact.js';

const secret = 'correct-horse-battery';

/** The lines that are told of these chunks. */
function told(...chunks: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const output = new Output({ onLine: (line) => lines.push(line), onOverflow: () => undefined });
  for (const chunk of chunks) output.take(Buffer.from(chunk));
  output.end();
  return lines;
}

test('a secret at the cut of a long line is hidden in both pieces, wherever it is cut', () => {
  const redactor = new Redactor();
  redactor.add(secret);
  for (let at = 0; at <= secret.length; at += 1) {
    const pieces = told(`${'x'.repeat(70_000)}${secret.slice(0, at)}`, `${secret.slice(at)} and more\nnext`);
    expect(pieces).toHaveLength(3);
    const shown = pieces.map((piece) => redactor.text(piece));
    // What is left of a part is too short to tell anything.
    const [before = '', after = ''] = [shown[0]?.replace(/^x+/, ''), shown[1]];
    expect(before).toMatch(/^(?:\*{8})?\w{0,3}\u2026$/);
    expect(after).toMatch(/^\u2026(?:\*{8}|.{0,3}) and more$/);
    expect(shown[2]).toBe('next');
  }
});

test('a line that ends at the cut has no empty piece', () => {
  expect(told('x'.repeat(70_000))).toEqual([`${'x'.repeat(70_000)}\u2026`]);
});
