// The record of who holds a host, as lines of a file: the first is `RUN NUMBER`, which scripts compare as it is; whatever
// a person may have chosen is encoded, so that a name with a line end in it cannot forge a line.
import type { Fence, HoldAnswer, Holder } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';

/** The first line of the record of a run that holds a host. */
export function fenceLine({ run, number }: Fence): string {
  if (isName(run) && Number.isSafeInteger(number) && number > 0) return `${run} ${number}`;
  throw new WorldError('failed', `\`${run}\` with number ${number} is not a run that can hold a host`);
}

/** True for what may be the name of a run or a claim, which become names of files. */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(name);
}

/** A text in letters that no shell, line or list reads in its own way. */
export function encoded(text: string): string {
  return [...Buffer.from(text.slice(0, 500), 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.@:/+-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** The text again; what was cut or planted never throws. */
export function decoded(text: string): string {
  const bytes = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The lines of a record. */
export function recordLines(holder: Holder): readonly string[] {
  const { by, since, playbook } = holder;
  return [fenceLine(holder), `by ${encoded(by)}`, `since ${encoded(since)}`, `playbook ${encoded(playbook)}`];
}

/** A holder, from the lines of a record; nothing when these are none of ours. */
export function holderOf(lines: readonly string[]): Holder | undefined {
  const first = /^(\S+) ([1-9]\d{0,14})$/.exec(lines[0] ?? '');
  if (first?.[1] === undefined) return undefined;
  const value = (name: string): string =>
    decoded(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '');
  return {
    run: first[1],
    number: Number(first[2]),
    by: value('by'),
    since: value('since'),
    playbook: value('playbook'),
  };
}

/** A line of the list of runs that were unlocked. */
export function brokenLine(run: string, by: string, at: string): string {
  return `${run} ${encoded(by)} ${encoded(at)}`;
}

/** The runs that were unlocked, from the lines of their list. */
export function brokenOf(lines: readonly string[]): HoldAnswer['broken'] {
  return lines.flatMap((line) => {
    const [run, by, at] = line.split(' ');
    return run === undefined || by === undefined || at === undefined ? [] : [{ run, by: decoded(by), at: decoded(at) }];
  });
}
