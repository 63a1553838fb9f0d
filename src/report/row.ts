// The one row that lives at the bottom of the terminal, drawn by listr2: a task, and its hosts as live output below it.
// Finished rows are printed lines. So each frame measures one row, however long the run is, and nothing is cut
// when the run is higher than the screen.
import { Listr, ListrLogger, ProcessOutput, Spinner } from 'listr2';
import type { ListrTaskWrapper, DefaultRenderer, SimpleRenderer } from 'listr2';
import type { Live } from './terminal.js';
import { cutTo } from './text.js';

type Handle = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/** Where a row is drawn. */
export interface RowStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** A spinner two columns in, under its play; it also sets the pace at which the hosts below are drawn. */
class PacingSpinner extends Spinner {
  readonly #eachTurn: () => void;

  constructor(eachTurn: () => void) {
    super();
    this.#eachTurn = eachTurn;
  }

  override spin(): void {
    super.spin();
    this.#eachTurn();
  }

  override fetch(): string {
    return `  ${super.fetch()}`;
  }
}

// The first and the last frame, which no spinner draws.
const still = '  ⠿';

/** A live row. It can be hidden and shown again, as often as needed. */
export class Row implements Live {
  readonly #title: string;
  readonly #detail: () => string;
  readonly #streams: RowStreams;
  #handle: Handle | undefined;
  #drawn = '';
  #end: (() => void) | undefined;
  #running: Promise<unknown> | undefined;

  /** `detail` is asked ten times a second for what stands below the title: a chatty command cannot cause more. */
  constructor(title: string, detail: () => string, streams: RowStreams) {
    this.#title = title;
    this.#detail = detail;
    this.#streams = streams;
  }

  async show(): Promise<void> {
    if (this.#running !== undefined) return;
    const ended = new Promise<void>((resolve) => (this.#end = resolve));
    await new Promise<void>((started) => {
      this.#running = this.#listr(started, ended).run();
    });
  }

  async hide(): Promise<void> {
    this.#end?.();
    await this.#running;
    this.#handle = undefined;
    this.#running = undefined;
  }

  /** Each change measures text and writes to the terminal, so only changes are handed on. */
  #draw(): void {
    const columns = Math.max(20, (this.#streams.stdout.columns ?? 80) - 8);
    const detail = this.#detail()
      .split('\n')
      .map((line) => cutTo(line, columns))
      .join('\n');
    if (this.#handle === undefined || detail === '' || detail === this.#drawn) return;
    this.#drawn = detail;
    this.#handle.output = detail;
  }

  #listr(started: () => void, ended: Promise<void>): Listr<unknown> {
    const { stdout, stderr } = this.#streams;
    return new Listr<unknown>(
      {
        title: this.#title,
        task: async (_context, handle) => {
          this.#handle = handle;
          this.#drawn = '';
          this.#draw();
          started();
          await ended;
        },
      },
      {
        renderer: 'default',
        fallbackRendererCondition: false,
        // Ctrl-C belongs to the run, which drains: listr2 would end the process.
        registerSignalListeners: false,
        rendererOptions: {
          clearOutput: true,
          spinner: new PacingSpinner(() => this.#draw()),
          icon: { OUTPUT: ' ', WAITING: still, COMPLETED: still },
          logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(stdout, stderr) }),
        },
      },
    );
  }
}
