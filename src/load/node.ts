// YAML after parsing and before meaning: a small tree in which every key and value knows where it stands.
import type { Span } from '../core/source.js';

export type Node = ScalarNode | ListNode | MapNode;

/** A scalar with its YAML type. `at` maps offsets within a string value to the place in the file. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  readonly span: Span;
  /** True for a value that was encrypted where it stands: it is what it is, braces included, and may not be shown. */
  readonly sealed?: true;
  at(start: number, end: number): Span;
}

/** A list. */
export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly span: Span;
}

/** A map; keys are unique and in file order. */
export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  readonly span: Span;
  get(key: string): Entry | undefined;
}

/** One key and its value. */
export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Node;
}
