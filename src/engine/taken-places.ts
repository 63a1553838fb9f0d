// Names of files on this machine: no host chooses one, and what a run keeps of one host is not lost to another.
import type { Diagnostic } from '../core/diagnostic.js';
import { namedByHost, pathText } from '../core/own-file.js';
import type { Kept } from '../core/own-file.js';
import type { Task } from '../core/playbook.js';
import type { Scope } from '../core/scope.js';
import { WorldError } from '../core/world-error.js';
import { restsOnWords } from './static.js';

/** The problem of arguments that name files of this machine and are made of what the run was told; nothing for others. */
export function objectionToNames({ keepsHere, needs, span, module }: Task, scope: Scope): Diagnostic | undefined {
  const said = keepsHere ? needs.find((need) => !restsOnWords([need], scope)) : undefined;
  return said === undefined ? undefined : namedByHost(said, module, span);
}

/** Which file of which host has which place of this machine, for one run. */
export class TakenPlaces {
  readonly #sources = new Map<string, string>();

  /** Takes a place for a file of a host, once and for all; rejects when it is another one's. */
  take({ src, at }: Kept, host: string): void {
    const [path, source] = [pathText(at), `\`${src}\` of \`${host}\``];
    const first = this.#sources.get(path) ?? source;
    this.#sources.set(path, first);
    if (first === source) return;
    throw new WorldError('failed', `\`${path}\` is where this run keeps ${first}, so ${source} is not kept there`, {
      hint: 'leave `flat` out, put `{{inventory_hostname}}` into `dest`, or say `run_once: true`',
      details: { reason: 'taken' },
    });
  }
}
