// The person at the Service Center's page: presses the button when a run asks for it, for the database that it names.
import type { Stamped } from '../../src/core/event.js';
import type { LabDatabase, LabHost, RealLab } from './real-lab.js';

const databases: Readonly<Record<string, LabDatabase>> = { Fabric: 'fdb', Element: 'edb', 'App Volumes': 'avdb' };

/** Presses [Initialize Slony] for a pair. */
export class SlonyOperator {
  readonly #lab: RealLab;
  readonly #origin: LabHost;
  readonly #subscriber: LabHost | undefined;
  #pressed = Promise.resolve();

  constructor(lab: RealLab, origin: LabHost, subscriber?: LabHost) {
    this.#lab = lab;
    this.#origin = origin;
    this.#subscriber = subscriber;
  }

  /** Looks at an event of a run, and presses when it asks. */
  readonly see = (event: Stamped): void => {
    const name =
      event.type === 'task.asked' ? /^Initialize Slony for organisation \d+, (.+)$/.exec(event.title)?.[1] : undefined;
    const database = databases[name ?? ''];
    if (database === undefined) return;
    this.#pressed = this.#pressed.then(() => this.#lab.initSlony(database, this.#origin, this.#subscriber));
  };

  /** Resolves when every press has had its effect; rejects when slonik refused one. */
  async done(): Promise<void> {
    await this.#pressed;
  }
}
