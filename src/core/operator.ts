// A person is part of a runbook: asked in words, answering in words, and recorded.
import { shellWord } from './quote.js';

/** A question that cannot be answered by accident: the person must type `expect`. */
export interface Question {
  /** The inventory name of the host it is about. */
  readonly host: string;
  readonly title: string;
  readonly text: string;
  /** Steps that the person does, shown as a checklist. */
  readonly steps: readonly string[];
  readonly link?: string;
  /** What must be typed, exactly. Never empty, never a bare `y`. */
  readonly expect: string;
  /** Other answers that pass, each as exact. */
  readonly otherwise?: readonly string[];
}

/** What came of a question. `nobody` when there is no terminal to ask on. */
export type Answer =
  | { readonly kind: 'confirmed'; readonly typed: string; readonly by: string }
  | { readonly kind: 'declined'; readonly by: string }
  | { readonly kind: 'nobody' };

/** The person at the terminal. */
export interface Operator {
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
  /** Asks before each task of `--step`: run it, skip it, or go on without asking. */
  step(task: string): Promise<'run' | 'skip' | 'continue'>;
}

/** The flag that gives an answer beforehand, as a shell takes it. */
export function confirmFlag(answer: string): string {
  return `--confirm ${shellWord(answer)}`;
}
