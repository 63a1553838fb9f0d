// What the journal keeps of an outcome, so that a resumed run knows it: everything but secrets, and nothing of a task
// that says `no_log` beyond how it ended.
import type { Task } from '../core/playbook.js';
import { hiddenByName, isSecretName } from '../core/redact.js';
import type { Redactor } from '../core/redact.js';
import { mapOf, sameValue } from '../core/value.js';
import type { ValueMap } from '../core/value.js';
import type { Outcome } from './outcome.js';

/** The part of an outcome that is written down. */
export interface Written {
  readonly result: ValueMap;
  readonly facts?: ValueMap;
  readonly withheld?: readonly string[];
}

/** What a task says of its own end, which hides nothing. */
const ownWords = new Set(['changed', 'failed', 'skipped', 'unknown']);

/** The outcome as it may be written down, and the names of what is missing. */
export function keptOf({ result, facts = {} }: Outcome, { noLog, register }: Task, redactor: Redactor): Written {
  const withheld: string[] = [];
  const shown = (map: ValueMap, kept: (name: string) => boolean): ValueMap =>
    mapOf(
      Object.entries(map).filter(([name, value]) => {
        const shownValue = hiddenByName(name, redactor.data(value));
        if (kept(name) && sameValue(shownValue, value)) return true;
        withheld.push(name);
        return false;
      }),
    );
  // A result that no register takes is asked for by nobody.
  const wanted = register === undefined ? mapOf(Object.entries(result).filter(([name]) => ownWords.has(name))) : result;
  const isHidden = noLog || (register !== undefined && isSecretName(register));
  const written = shown(wanted, (name) => !isHidden || ownWords.has(name));
  const told = shown(facts, () => !noLog);
  return {
    result: written,
    ...(Object.keys(told).length === 0 ? {} : { facts: told }),
    ...(withheld.length === 0 ? {} : { withheld }),
  };
}
