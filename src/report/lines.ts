// Plain lines, in Ansible's words, for logs, pipes and CI: nothing is drawn twice and nothing moves.
import type { Reporter, Stamped } from '../core/event.js';
import { foundLines } from './found.js';
import type { ReporterOptions } from './options.js';
import { itemsSaidAll, outcomeOf, titleOf } from './outcome.js';
import type { Finished, Voice } from './outcome.js';
import { Tally, driftedLines, editedLines, resumedLine } from './recap.js';
import { lookOf } from './status.js';
import { safeLine, sizeOf } from './text.js';

/** Makes the reporter of plain lines. */
export function lines(options: ReporterOptions): Reporter {
  return {
    async report(events) {
      const writer = new Lines(options);
      for await (const event of events) {
        const said = writer.say(event);
        if (said.length > 0) options.terminal.write(`${said.join('\n')}\n`);
      }
    },
  };
}

class Lines {
  readonly #tally = new Tally();
  readonly #items = new Map<string, Finished[]>();
  /** Bytes of a long task that were told last, by host. */
  readonly #told = new Map<string, number>();
  #voice: Voice;

  constructor({ theme, verbose }: ReporterOptions) {
    this.#voice = { theme, verbose, diff: false };
  }

  /** The lines of one event. */
  say(event: Stamped): readonly string[] {
    this.#tally.note(event);
    const { theme, verbose } = this.#voice;
    switch (event.type) {
      case 'run.started':
        this.#voice = { ...this.#voice, diff: event.diff };
        return event.check ? ['CHECK MODE: nothing will be touched'] : [];
      case 'play.started':
        return ['', theme.bold(`PLAY [${safeLine(event.name)}]`)];
      case 'host.connected':
        return verbose ? [theme.dim(`connected: [${safeLine(event.host)}]`)] : [];
      case 'host.unreachable':
        return this.#line('unreachable', event.host, event.reason, event.hint);
      case 'preflight.found':
        return foundLines(event, theme);
      case 'task.started':
        this.#items.clear();
        this.#told.clear();
        return ['', theme.bold(`${event.within.includes('handlers') ? 'HANDLER' : 'TASK'} [${titleOf(event)}]`)];
      case 'task.output':
        return verbose ? [`  ${theme.dim(`${safeLine(event.host)} |`)} ${safeLine(event.line)}`] : [];
      case 'task.retrying':
        // A task may wait for minutes: lines at ever longer distances show that it lives, and no more.
        if (!isPowerOfTwo(event.attempt)) return [];
        return this.#line('retrying', event.host, `${event.reason ?? 'not yet as wanted'} (${event.left} left)`);
      case 'task.progress':
        // As with retries: at ever longer distances.
        if (event.bytes < 2 * (this.#told.get(event.host) ?? 0)) return [];
        this.#told.set(event.host, event.bytes);
        return this.#line('passed', event.host, `${sizeOf(event.bytes)} so far`);
      case 'task.asked':
        return this.#line('asking', event.host, event.title);
      case 'task.answered':
        return this.#line('answered', event.host, `\`${event.typed}\` by ${event.by}`);
      case 'task.finished':
        return this.#finished(event);
      case 'run.warned':
        return [theme.yellow(`warning: ${safeLine(event.message)}`)];
      case 'run.finished':
        return ['', theme.bold('PLAY RECAP'), ...this.#tally.close(event, theme)];
      case 'run.resumed':
        return [theme.cyan(resumedLine(event))];
      case 'run.edited':
        return editedLines(event).map((line) => theme.yellow(line));
      case 'run.drifted':
        return driftedLines(event).map((line) => theme.yellow(line));
      case 'run.unlocked':
        return [theme.yellow(`given up by ${safeLine(event.by)}`)];
      case 'task.decided':
        return this.#line('answered', event.host, `\`${event.typed}\` by ${event.by}`);
      case 'run.passed':
        return [theme.yellow('PAST THE POINT OF NO RETURN: from here on the run only goes forward')];
      case 'run.opened':
      case 'host.held':
      case 'host.released':
      case 'run.closing':
      case 'task.left-out':
      case 'task.committing':
      case 'task.planned':
      case 'task.applying':
      case 'play.finished':
        break;
    }
    return [];
  }

  #line(
    word: 'unreachable' | 'retrying' | 'passed' | 'asking' | 'answered',
    host: string,
    text: string,
    hint?: string,
  ) {
    const { theme } = this.#voice;
    const paint = word === 'unreachable' ? theme.red : theme.dim;
    const below = hint === undefined ? [] : [`  ${theme.cyan('= hint:')} ${safeLine(hint)}`];
    return [paint(`${word}: [${safeLine(host)}] => ${safeLine(text)}`), ...below];
  }

  #finished(event: Finished): readonly string[] {
    const { theme } = this.#voice;
    const items = this.#items.get(event.host) ?? [];
    if (event.item !== undefined) this.#items.set(event.host, [...items, event]);
    if (itemsSaidAll(event, items)) return [];
    const { word, paint } = lookOf(event.status);
    const { text, block } = outcomeOf(event, this.#voice);
    const head = `${word}: [${safeLine(event.host)}]${text === '' ? '' : ` => ${text}`}`;
    return [theme[paint](head), ...block.map((line) => `  ${line}`.trimEnd())];
  }
}

function isPowerOfTwo(number: number): boolean {
  return Number.isInteger(Math.log2(number));
}
