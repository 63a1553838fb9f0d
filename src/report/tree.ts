// The view for a person at a terminal: plays, a row a task, hosts below their task. The row that is at work lives
// (see row.ts); a finished row is a printed line, quiet when nothing changed.
import type { Reporter, Stamped } from '../core/event.js';
import { foundLines } from './found.js';
import { HostsOfTask } from './hosts-of-task.js';
import type { ReporterOptions } from './options.js';
import { titleOf } from './outcome.js';
import type { Finished, Voice } from './outcome.js';
import { Tally, driftedLines, editedLines, resumedLine } from './recap.js';
import { Row } from './row.js';
import { badLines, hostList, taskLines } from './task-lines.js';
import { cutTo, safeLine, sizeOf } from './text.js';

/** Makes the tree. */
export function tree(options: ReporterOptions): Reporter {
  return {
    async report(events) {
      const view = new Tree(options);
      try {
        for await (const event of events) await view.tell(event);
      } finally {
        await options.terminal.live(undefined);
      }
    },
  };
}

class Tree {
  readonly #options: ReporterOptions;
  readonly #tally = new Tally();
  #voice: Voice;
  #task: HostsOfTask | undefined;
  readonly #connecting = new Set<string>();
  readonly #connected: string[] = [];

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#voice = { theme: options.theme, verbose: options.verbose, diff: false };
  }

  /** Shows one event. */
  async tell(event: Stamped): Promise<void> {
    this.#tally.note(event);
    const { theme } = this.#voice;
    switch (event.type) {
      case 'run.started':
        return this.#runStarted(event);
      case 'host.connected':
        this.#connected.push(event.host);
        this.#connecting.delete(event.host);
        return undefined;
      case 'host.unreachable':
        this.#connecting.delete(event.host);
        return this.#unreachable(event);
      case 'play.started':
        await this.#leaveTask();
        return this.#print(['', `${theme.bold(safeLine(event.name))}  ${theme.dim(hostList(event.hosts))}`]);
      case 'task.started':
        await this.#leaveTask();
        this.#task = new HostsOfTask(event);
        return this.#enter(titleOf(event));
      case 'task.finished':
        return this.#finished(event);
      case 'preflight.found':
        await this.#leaveTask();
        return this.#print(foundLines(event, theme));
      case 'run.warned':
        return this.#print([theme.yellow(`  ! ${safeLine(event.message)}`)]);
      case 'task.output':
        if (this.#voice.verbose)
          await this.#print([`      ${theme.dim(`${safeLine(event.host)} |`)} ${safeLine(event.line)}`]);
        return this.#busy(event.host, event.line);
      case 'task.planned':
      case 'task.applying':
      case 'task.retrying':
      case 'task.progress':
      case 'task.asked':
      case 'task.answered':
        return this.#busy(event.host, doing(event));
      case 'run.resumed':
        return this.#print([theme.cyan(resumedLine(event))]);
      case 'run.edited':
        return this.#print(editedLines(event).map((line) => theme.yellow(line)));
      case 'run.drifted':
        return this.#print(driftedLines(event).map((line) => theme.yellow(line)));
      case 'run.unlocked':
        return this.#print([theme.yellow(`given up by ${safeLine(event.by)}`)]);
      case 'run.passed':
        return this.#print([theme.yellow('  ! past the point of no return: from here on the run only goes forward')]);
      case 'run.opened':
      case 'host.held':
      case 'host.released':
      case 'run.closing':
      case 'task.left-out':
      case 'task.committing':
      case 'task.decided':
        return undefined;
      case 'play.finished':
        return this.#leaveTask();
      case 'run.finished':
        await this.#leaveTask();
        return this.#print(['', theme.bold('Recap'), ...this.#tally.close(event, theme)]);
    }
  }

  async #runStarted(event: Extract<Stamped, { type: 'run.started' }>): Promise<void> {
    this.#voice = { ...this.#voice, diff: event.diff };
    if (event.check) await this.#print([this.#voice.theme.cyan('check mode: nothing will be touched')]);
    for (const host of event.hosts) this.#connecting.add(host);
    if (event.hosts.length > 0) await this.#enter(`Connect to ${hostList(event.hosts)}`);
  }

  #busy(host: string, what: string): void {
    this.#task?.busy(host, what);
  }

  async #finished(event: Finished): Promise<void> {
    const task = this.#task;
    if (task === undefined) return;
    task.finish(event);
    if (task.done) return this.#leaveTask();
    await this.#print(badLines(task, this.#voice));
  }

  /** Says the rest of the task that ran, or of the connecting, and takes its row away. */
  async #leaveTask(): Promise<void> {
    const task = this.#task;
    this.#task = undefined;
    await this.#options.terminal.live(undefined);
    if (task !== undefined) await this.#print(taskLines(task, this.#voice));
    else if (this.#connected.length > 0 && this.#voice.verbose) {
      await this.#print([this.#voice.theme.dim(`  ✔ connected: ${hostList(this.#connected)}`)]);
    }
    this.#connected.length = 0;
  }

  async #unreachable({ host, reason, hint }: Extract<Stamped, { type: 'host.unreachable' }>): Promise<void> {
    const { theme } = this.#voice;
    await this.#print([
      `  ${theme.red(`✖ unreachable: ${safeLine(host)}  ${safeLine(reason)}`)}`,
      ...(hint === undefined ? [] : [`      ${theme.cyan('= hint:')} ${safeLine(hint)}`]),
    ]);
  }

  async #enter(title: string): Promise<void> {
    const { live, terminal } = this.#options;
    if (live === undefined) return;
    const detail = (): string => this.#task?.detail ?? [...this.#connecting].map(safeLine).join('\n');
    await terminal.live(new Row(cutTo(title, 200), detail, live));
  }

  #print(lines: readonly string[]): Promise<void> {
    return this.#options.terminal.print(lines);
  }
}

type Doing = Extract<
  Stamped,
  { type: 'task.planned' | 'task.applying' | 'task.retrying' | 'task.progress' | 'task.asked' | 'task.answered' }
>;

function doing(event: Doing): string {
  switch (event.type) {
    case 'task.planned':
      return inItem(event.plan.kind === 'change' ? 'differs' : 'looked', event.item);
    case 'task.applying':
      return inItem('changing', event.item);
    case 'task.retrying':
      return `${event.reason ?? 'not yet as wanted'} (${event.left} left)`;
    case 'task.progress':
      return `${sizeOf(event.bytes)} so far`;
    case 'task.asked':
      return `asks: ${event.title}`;
    case 'task.answered':
      break;
  }
  return `answered by ${event.by}`;
}

function inItem(words: string, item: string | undefined): string {
  return item === undefined ? words : `${words} (item=${item})`;
}
