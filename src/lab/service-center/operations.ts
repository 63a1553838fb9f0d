// The Slony operations that were asked for. One at a time: two slonik scripts at once would meet in the same databases.
import { LabProblem, messageOf, problem } from '../problem.js';
import type { SlonyBackend, SlonyReport, SlonyRequest } from '../slony-backend.js';

/** What the two buttons do. */
export type OperationName = 'initialize' | 'reinitialize';

/** How an operation stands. */
export type OperationState =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly report: SlonyReport }
  | { readonly kind: 'failed'; readonly message: string };

/** One operation, from the press of the button on. */
export interface Operation {
  readonly id: number;
  readonly name: OperationName;
  readonly request: SlonyRequest;
  readonly state: OperationState;
}

/** What the buttons are called. */
export const OPERATION_LABELS: Readonly<Record<OperationName, string>> = {
  initialize: 'Initialize Slony',
  reinitialize: 'Reinitialize Slony',
};

const MOST = 100;

/** The operations of one Service Center, the last hundred. */
export class Operations {
  readonly #backend: SlonyBackend;
  readonly #operations = new Map<number, Operation>();
  #last = 0;

  constructor(backend: SlonyBackend) {
    this.#backend = backend;
  }

  /** The operation with this number. */
  find(id: number): Operation | undefined {
    return this.#operations.get(id);
  }

  /** The operation that runs now. */
  running(): Operation | undefined {
    return [...this.#operations.values()].find((each) => each.state.kind === 'running');
  }

  /** Starts an operation in the background; a LabProblem when one is running. */
  start(name: OperationName, request: SlonyRequest): Operation {
    return this.#begin(name, request).operation;
  }

  /** Starts an operation and waits for its end. */
  async run(name: OperationName, request: SlonyRequest): Promise<OperationState> {
    return this.#begin(name, request).end;
  }

  #begin(name: OperationName, request: SlonyRequest): { operation: Operation; end: Promise<OperationState> } {
    const busy = this.running();
    if (busy !== undefined) throw problem('lab/busy', `operation ${busy.id} is still running`, 'wait for its end');
    const operation: Operation = { id: ++this.#last, name, request, state: { kind: 'running' } };
    this.#operations.set(operation.id, operation);
    this.#operations.delete(operation.id - MOST);
    return { operation, end: this.#perform(operation) };
  }

  async #perform(operation: Operation): Promise<OperationState> {
    const state = await this.#backend[operation.name](operation.request).then(
      (report): OperationState => ({ kind: 'done', report }),
      (thrown: unknown): OperationState => {
        if (!(thrown instanceof LabProblem)) console.error(thrown);
        return { kind: 'failed', message: messageOf(thrown) };
      },
    );
    this.#operations.set(operation.id, { ...operation, state });
    return state;
  }
}

/** What an operation made, in a sentence. */
export function reportText({ origin, subscriber, tables }: SlonyReport): string {
  const second = subscriber === undefined ? 'no subscriber could be reached' : `${subscriber} is node 2`;
  return `${origin} is node 1 and origin of ${tables} tables, ${second}`;
}
