// Guards make a command repeatable: they say by a look whether its work is already done.
// All guards of a task are asked in one look, because each look is a round trip.
import type { TProperties } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import type { Eyes } from '../../core/module.js';
import { shellWord, shellWords } from '../../core/quote.js';
import { WorldError } from '../../core/world-error.js';

/** The guards of one task. `unless` and `onlyIf` are shell text that is already quoted. */
export interface Guards {
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly unless?: string | undefined;
  readonly onlyIf?: string | undefined;
  readonly chdir?: string | undefined;
}

/** What the guards say: `done` when the command has nothing to do, and why. */
export type GuardState = {
  readonly guard: 'none' | 'met' | 'unmet';
  readonly done: boolean;
  readonly reason: string | null;
};

/** Arguments that every guarded module has. */
export const pathGuards = {
  creates: Type.Optional(
    Type.String({ minLength: 1, description: 'Path that the command creates: nothing is run when it exists.' }),
  ),
  removes: Type.Optional(
    Type.String({ minLength: 1, description: 'Path that the command removes: nothing is run when it does not exist.' }),
  ),
} satisfies TProperties;

/** What `unless` and `only_if` mean, for their descriptions. */
export const guardWords = {
  unless: 'A look that ends with 0 when the work is already done: then nothing is run.',
  onlyIf:
    'A look that ends with 0 while there is work to do, and with another code afterwards. A condition that the command does not change belongs into `when`.',
  settle: 'Seconds that the guards may take to show that the work was done.',
} as const;

/** How long a guard may take to show the work, in seconds, when the task does not say. */
export const defaultSettleSeconds = 10;

/**
 * A guard that is a script, as a command that runs it in its shell. The text travels in the environment: on a command
 * line, a guard such as `pgrep -f slon` would find itself.
 */
export function inShell(executable: string, script: string | undefined): string | undefined {
  if (script === undefined) return undefined;
  return `playbook_guard=${shellWord(script)} ${shellWords([executable, '-c', 'eval "$playbook_guard"'])}`;
}

/** True when some guard can prove that the work was done. */
export function hasGuard(guards: Guards): boolean {
  return [guards.creates, guards.removes, guards.unless, guards.onlyIf].some((each) => each !== undefined);
}

/** Asks all guards in one look. */
export async function askGuards(guards: Guards, eyes: Eyes): Promise<GuardState> {
  if (!hasGuard(guards)) return { guard: 'none', done: false, reason: null };
  const { chdir } = guards;
  // Whether a path is there is asked by a script of ours alone.
  const isOurs = guards.unless === undefined && guards.onlyIf === undefined;
  const { stdout } = await eyes.look(
    { kind: 'shell', script: guardScript(guards) },
    { ...(chdir === undefined ? {} : { chdir }), ...(isOurs ? { contained: true } : {}) },
  );
  const reason = whyDone(guards, answersOf(stdout));
  return reason === undefined ? { guard: 'unmet', done: false, reason: null } : { guard: 'met', done: true, reason };
}

/** A guarded command wants to be done. */
export function wantDone(found: GuardState): Partial<GuardState> {
  return found.done ? {} : { done: true };
}

function guardScript({ creates, removes, unless, onlyIf }: Guards): string {
  return [
    ...(creates === undefined ? [] : [pathQuestion('creates', creates)]),
    ...(removes === undefined ? [] : [pathQuestion('removes', removes)]),
    ...(unless === undefined ? [] : [commandQuestion('unless', unless)]),
    ...(onlyIf === undefined ? [] : [commandQuestion('only_if', onlyIf)]),
  ].join('\n');
}

function pathQuestion(name: string, path: string): string {
  const word = shellWord(path);
  return `if [ -e ${word} ] || [ -L ${word} ]; then echo '${name} 0'; else echo '${name} 1'; fi`;
}

// A subshell, so that an `exit` in the guard ends the guard and not the whole look.
function commandQuestion(name: string, text: string): string {
  return [
    `said=$( ( ${text}\n) 2>&1 >/dev/null </dev/null ); echo "${name} $?"`,
    `printf '%s\\n' "$said" | tail -n 3 | sed 's/^/: /'`,
  ].join('\n');
}

interface GuardAnswer {
  readonly rc: number;
  readonly said: string;
}

function answersOf(stdout: string): ReadonlyMap<string, GuardAnswer> {
  const answers = new Map<string, GuardAnswer>();
  for (const [, name = '', rc = '', said = ''] of stdout.matchAll(/^(\w+) (\d+)\n((?:: .*\n)*)/gm)) {
    answers.set(name, { rc: Number(rc), said: said.replaceAll(/^: /gm, '').trim() });
  }
  return answers;
}

function whyDone(guards: Guards, answers: ReadonlyMap<string, GuardAnswer>): string | undefined {
  const holds = (name: string): boolean => heldBy(name, answers.get(name));
  if (guards.creates !== undefined && holds('creates')) return `\`${guards.creates}\` exists`;
  if (guards.removes !== undefined && !holds('removes')) return `\`${guards.removes}\` does not exist`;
  if (guards.unless !== undefined && holds('unless')) return '`unless` holds';
  if (guards.onlyIf !== undefined && !holds('only_if')) return '`only_if` does not hold';
  return undefined;
}

function heldBy(name: string, answer: GuardAnswer | undefined): boolean {
  if (answer === undefined) throw new WorldError('failed', `the host gave no answer to \`${name}\``);
  if (answer.rc !== 126 && answer.rc !== 127) return answer.rc === 0;
  throw new WorldError('failed', `the command of \`${name}\` cannot be run`, {
    hint: 'check that it is there and may be run by this user',
    details: { rc: answer.rc, stderr: answer.said },
  });
}
