// What earlier tasks may have brought to a host by the time that a later one runs: a file that one task makes is not
// missing for the next.
import type { Brings } from '../core/needs.js';

/** What may have come to one host so far; it never changes, `plus` makes another. */
export class Brought {
  readonly #paths: readonly string[];
  readonly #files: boolean;
  readonly #programs: boolean;
  /** True when databases, what is in them or rights in them may be others by now. */
  readonly data: boolean;

  private constructor(paths: readonly string[], files: boolean, programs: boolean, data: boolean) {
    this.#paths = paths;
    this.#files = files;
    this.#programs = programs;
    this.data = data;
  }

  /** Before the first task. */
  static readonly nothing = new Brought([], false, false, false);

  /** This and what one more task may bring. */
  plus({ paths = [], files = false, programs = false, data = false }: Brings): Brought {
    const more = paths.map((path) => path.replace(/(?<=.)\/+$/, ''));
    return new Brought([...this.#paths, ...more], this.#files || files, this.#programs || programs, this.data || data);
  }

  /** True when there may be a file or directory by now. A directory comes with its parents, and a link with what is below. */
  file(path: string): boolean {
    return this.#files || this.#paths.some((each) => isWithin(path, each) || isWithin(each, path));
  }

  /** True when there may be a program by now: a path, or a name on the PATH. */
  program(name: string): boolean {
    if (this.#programs) return true;
    return this.#paths.some((each) => (name.includes('/') ? isWithin(name, each) : baseName(each) === name));
  }

  /** True when the host may know a service by now. */
  service(name: string): boolean {
    return this.#programs || this.#paths.some((each) => baseName(each).split('.')[0] === name.split('.')[0]);
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
