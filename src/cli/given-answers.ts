// Answers given beforehand, with `--confirm`, for runs without a person: each is the exact text that a question
// expects, so that none can be given by accident, and it is recorded like any other answer.
import type { Operator } from '../core/operator.js';

/** An operator who has already typed some answers; other questions go to the person. */
export function withGivenAnswers(operator: Operator, given: readonly string[], by: string): Operator {
  return {
    ask: (question, signal) =>
      question.expect !== '' && given.includes(question.expect) && !signal.aborted
        ? Promise.resolve({ kind: 'confirmed', typed: question.expect, by: `${by}, with --confirm` })
        : operator.ask(question, signal),
    step: (task) => operator.step(task),
  };
}
