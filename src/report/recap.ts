// The end of a run: Ansible's recap, a line a host, and then in one sentence what it means and what to do next.
import { exitCode } from '../core/exit.js';
import { confirmFlag } from '../core/operator.js';
import type { ExitCode } from '../core/exit.js';
import type { HostRecap, Stamped, Standing, Status } from '../core/event.js';
import { columnsOf, count, padTo, safeLine } from './text.js';
import type { Theme } from './theme.js';

/** How a run is taken up again, in a line. */
export function resumedLine({ run, number, by, done: over }: Extract<Stamped, { type: 'run.resumed' }>): string {
  return `run ${safeLine(run)} taken up by ${safeLine(by)}, life ${number}: ${count(over, 'task')} done before`;
}

/** That somebody goes on with edited input, and what differs. */
export function editedLines({ by, changes }: Extract<Stamped, { type: 'run.edited' }>): readonly string[] {
  return [`${safeLine(by)} goes on although this has changed:`, ...changes.map((each) => `  ${safeLine(each)}`)];
}

/** What is not so any more, and what comes of that. */
export function driftedLines({ run, accepted, things }: Extract<Stamped, { type: 'run.drifted' }>): readonly string[] {
  const shown = things.map((each) => `  ${safeLine(each)}`);
  if (accepted) return ['changed since by somebody else, and gone on with all the same:', ...shown];
  return [
    'this run made it so, and it is not so any more:',
    ...shown,
    `look why; \`playbook resume ${safeLine(run)} --accept-drift\` goes on and leaves it as it is, a new run looks at all of it again`,
  ];
}

type Finished = Extract<Stamped, { type: 'run.finished' }>;

const columns = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored', 'unknown'] as const;
const paints: Readonly<Partial<Record<keyof HostRecap, 'green' | 'yellow' | 'red' | 'cyan' | 'magenta'>>> = {
  ok: 'green',
  changed: 'yellow',
  unreachable: 'red',
  failed: 'red',
  skipped: 'cyan',
  rescued: 'yellow',
  ignored: 'yellow',
  unknown: 'magenta',
};

/** One task that went wrong on one host. */
interface Trouble {
  readonly task: string;
  readonly host: string;
  readonly status: Status;
}

/** What a reporter must remember of a run to close it with the right words. */
export class Tally {
  #check = false;
  #id = '';
  readonly #troubles: Trouble[] = [];
  readonly #unreachable = new Set<string>();
  readonly #asked = new Map<string, { readonly title: string; readonly expect: string | undefined }>();

  /** Takes note of an event. */
  note(event: Stamped): void {
    this.#id = event.run;
    if (event.type === 'run.started') this.#check = event.check;
    if (event.type === 'host.unreachable') this.#unreachable.add(event.host);
    if (event.type === 'task.asked') this.#asked.set(event.host, { title: event.title, expect: event.expect });
    if (event.type === 'task.answered') this.#asked.delete(event.host);
    if (event.type === 'task.finished' && event.item === undefined) {
      this.#troubles.push({ task: event.name, host: event.host, status: event.status });
    }
  }

  /** The lines of the recap and the closing sentence. */
  close(event: Finished, theme: Theme): readonly string[] {
    return [...recapLines(event.recap, theme), '', this.#paintFor(event.exitCode, theme)(this.#sentence(event))];
  }

  #paintFor(code: ExitCode, theme: Theme): (text: string) => string {
    if (code === exitCode.done) return theme.green;
    return code === exitCode.changesPending ? theme.yellow : theme.red;
  }

  #sentence({ exitCode: code, recap, durationMs, standing, onlyLooked = false }: Finished): string {
    const time = spell(durationMs);
    switch (code) {
      case exitCode.done:
      case exitCode.changesPending:
        return `${this.#check ? checked(recap, onlyLooked) : done(recap, onlyLooked)} (${time})`;
      case exitCode.failed:
        return `${this.#where('failed', ['failed', 'not-converged'])}; mend it, then ${this.#next(standing)}`;
      case exitCode.unreachable:
        return `unreachable: ${list([...this.#unreachable, ...this.#hosts('unreachable')])}; check address, network and key, then ${this.#next(standing)}`;
      case exitCode.inDoubt:
        return `${this.#where('in doubt', ['in-doubt'])}; nobody knows whether it happened: look at the host, then ${this.#next(standing)}`;
      case exitCode.preflightRefused:
        return `refused before the start, nothing was touched; mend what is said above and run the playbook again`;
      case exitCode.waiting:
        return `waiting for an answer${this.#questions()}; ${this.#again(standing)} at a terminal${this.#answers()}`;
      case exitCode.interrupted:
        return `interrupted${howFar(standing)}; ${this.#next(standing)}`;
      case exitCode.locked:
        return 'another run holds a host that this one needs; nothing was touched';
      case exitCode.stale:
        return `a host is not this run's any more, and it did nothing further${howFar(standing)}`;
      case exitCode.usage:
      case exitCode.invalid:
      case exitCode.bug:
        break;
    }
    return `the run ended early with exit code ${code}`;
  }

  #again(standing: Standing | undefined): string {
    return standing?.resumable === true ? `\`playbook resume ${this.#id}\`` : 'run the playbook again';
  }

  /** The very command that goes on. */
  #next(standing: Standing | undefined): string {
    return standing?.resumable === true
      ? `\`playbook resume ${this.#id}\` goes on where it stopped`
      : 'run the playbook again: what is done already will not be done twice';
  }

  #hosts(...statuses: readonly Status[]): readonly string[] {
    return this.#troubles.filter((each) => statuses.includes(each.status)).map((each) => each.host);
  }

  #where(word: string, statuses: readonly Status[]): string {
    const all = this.#troubles.filter((each) => statuses.includes(each.status));
    const names = [...new Set(all.map((each) => each.task))].map((each) => `\`${safeLine(each)}\``);
    if (names.length === 0) return word;
    return `${word}: ${names.join(', ')} on ${list(all.map((each) => each.host))}`;
  }

  #questions(): string {
    return [...this.#asked].map(([host, { title }]) => ` to \`${safeLine(title)}\` for ${safeLine(host)}`).join(' and');
  }

  #answers(): string {
    const flags = [...this.#asked.values()].flatMap(({ expect }) =>
      expect === undefined ? [] : [confirmFlag(expect)],
    );
    return flags.length === 0 ? '' : `, or with ${[...new Set(flags)].map(safeLine).join(' ')}`;
  }
}

function recapLines(recap: Readonly<Record<string, HostRecap>>, theme: Theme): readonly string[] {
  const hosts = Object.entries(recap);
  const width = Math.max(0, ...hosts.map(([host]) => columnsOf(safeLine(host))));
  const shown = columns.filter((name) => name !== 'unknown' || hosts.some(([, counts]) => counts.unknown > 0));
  const widths = shown.map((name) => Math.max(...hosts.map(([, counts]) => `${name}=${counts[name]}`.length), 0));
  return hosts.map(([host, counts]) => {
    const cells = shown.map((name, at) => {
      const text = padTo(`${name}=${counts[name]}`, widths[at] ?? 0);
      const paint = paints[name];
      return counts[name] > 0 && paint !== undefined ? theme[paint](text) : theme.dim(text);
    });
    return `${hostPaint(counts, theme)(padTo(safeLine(host), width))} : ${cells.join('  ')}`;
  });
}

function hostPaint(counts: HostRecap, theme: Theme): (text: string) => string {
  if (counts.failed + counts.unreachable > 0) return theme.red;
  return counts.changed > 0 ? theme.yellow : theme.green;
}

/** What is done, what is unknown, and where it stopped. */
function howFar(standing: Standing | undefined): string {
  if (standing === undefined) return '';
  const { done: over, doubt, at } = standing;
  const where = at === undefined ? '' : ` at \`${safeLine(at)}\``;
  const unknown = doubt.length === 0 ? '' : `; unknown: ${doubt.map(safeLine).join(', ')}`;
  return `${where}: ${count(over, 'task')} done${unknown}`;
}

function total(recap: Readonly<Record<string, HostRecap>>, key: keyof HostRecap): number {
  return Object.values(recap).reduce((sum, counts) => sum + counts[key], 0);
}

function done(recap: Readonly<Record<string, HostRecap>>, onlyLooked: boolean): string {
  const changes = total(recap, 'changed');
  if (Object.keys(recap).length === 0) return 'done: no host had anything to do';
  if (changes === 0) return `nothing changed${asWanted(onlyLooked)}${tolerated(recap)}`;
  const hosts = Object.values(recap).filter((counts) => counts.changed > 0).length;
  return `done: ${count(changes, 'change')} on ${count(hosts, 'host')}${tolerated(recap)}`;
}

/** What was only looked at may show trouble, and says itself what it shows. */
function asWanted(onlyLooked: boolean): string {
  return onlyLooked ? '' : ': every host is as wanted';
}

function tolerated(recap: Readonly<Record<string, HostRecap>>): string {
  const rescued = total(recap, 'rescued');
  const ignored = total(recap, 'ignored');
  return `${rescued > 0 ? `, ${count(rescued, 'failure')} rescued` : ''}${ignored > 0 ? `, ${count(ignored, 'failure')} ignored` : ''}`;
}

function checked(recap: Readonly<Record<string, HostRecap>>, onlyLooked: boolean): string {
  const changes = total(recap, 'changed');
  const unknown = total(recap, 'unknown');
  const cannot = unknown > 0 ? `, ${count(unknown, 'task')} cannot be predicted` : '';
  if (changes === 0 && unknown === 0) return `nothing would change${asWanted(onlyLooked)}`;
  if (changes === 0) return `no change is predicted${cannot}`;
  return `${count(changes, 'change')} would be made${cannot}; nothing was touched`;
}

function list(words: readonly string[]): string {
  return [...new Set(words)].map(safeLine).join(', ');
}

/** A time for a person: `0.4 s`, `12 s`, `3 min 5 s`. */
function spell(durationMs: number): string {
  if (durationMs < 10_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
