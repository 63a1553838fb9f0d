// What a file asks to compute is computed in the one thread that also hears Ctrl-C, so it gets a deadline.
import { createContext, Script } from 'node:vm';

/** Stands for the value of something that took too long. */
export const overTime = Symbol('over time');

const room = createContext(Object.create(null) as Record<string, unknown>);
const call = new Script('work()');

/** What the work gives, or that it was stopped at its deadline. */
export function withinTime(work: () => unknown, deadlineMs: number): unknown {
  const around = room['work'];
  room['work'] = work;
  try {
    return call.runInContext(room, { timeout: deadlineMs });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return overTime;
    throw thrown;
  } finally {
    room['work'] = around;
  }
}
