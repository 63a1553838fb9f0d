// Answers given beforehand, with `--confirm`, for runs without a person: each is the exact text that a question
// expects, so that none can be given by accident, and it is recorded like any other answer.
import type { Operator } from '../core/operator.js';

/** An operator who has already typed some answers; other questions go to the person. */
export function withGivenAnswers(operator: Operator, given: readonly string[], by: string): Operator {
  return {
    ask: (question, signal) => {
      const typed = [question.expect, ...(question.otherwise ?? [])].find(
        (each) => each !== '' && given.includes(each),
      );
      return typed === undefined || signal.aborted
        ? operator.ask(question, signal)
        : Promise.resolve({ kind: 'confirmed', typed, by: `${by}, with --confirm` });
    },
    step: (task) => operator.step(task),
  };
}
