// What commands mean in the simulated world: a handful of words, each with what it does step by step. The scripts by which
// the engine writes and reads files are known by their shape, and are only as safe as the steps that they have.
import { createHash } from 'node:crypto';
import type { ExecRequest, Outcome } from '../../../src/core/connection.js';
import type { Asker } from './effects.js';
import type { SimulatedHost } from './host.js';

/** A command as it runs: steps that happen one after another, and how it ends. */
export interface Program {
  readonly steps: readonly ((asker: Asker) => void)[];
  readonly stepMs: readonly [number, number];
  outcome(): Outcome;
}

/** The program of a request. */
export function programOf(request: ExecRequest, host: SimulatedHost): Program {
  const { command } = request;
  if (command.kind === 'shell') return scriptOf(command.script, request, host);
  const [verb = '', ...words] = command.argv;
  const program = verbs[verb];
  if (program === undefined) throw new Error(`nobody has told the simulated world what \`${verb}\` does`);
  return program(words, host);
}

const verbs: Readonly<Record<string, (words: readonly string[], host: SimulatedHost) => Program>> = {
  /** Writes a line at the end of a file, and ends with the exit code: nobody can tell it from one that did so twice. */
  append: ([file = '', line = '', rc = '0'], host) => ({
    stepMs: [5, 400],
    steps: [
      (asker) => {
        host.put(file, `${host.files.get(file) ?? ''}${line}\n`);
        host.record('once', line, asker);
      },
    ],
    outcome: () => said(Number(rc), `wrote ${line}\n`),
  }),
  true: () => looking(() => said(0, '')),
  'service-status': ([name = ''], host) => looking(() => said(0, host.services.get(name) ?? 'stopped')),
  'service-set': ([name = '', wanted = ''], host) => ({
    stepMs: [5, 900],
    steps: [
      (asker) => {
        if ((host.services.get(name) ?? 'stopped') === wanted) return;
        host.services.set(name, wanted);
        host.record('converge', `${name}=${wanted}`, asker);
      },
    ],
    outcome: () => said(0, ''),
  }),
};

function looking(outcome: () => Outcome): Program {
  return { stepMs: [0, 20], steps: [], outcome };
}

function said(rc: number, stdout: string, stderr = ''): Outcome {
  return { rc, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
}

const rcMissing = 66;
const rcStale = 69;

function scriptOf(script: string, request: ExecRequest, host: SimulatedHost): Program {
  const path = /^p='?([^'\n]+)'?$/m.exec(script)?.[1];
  if (path !== undefined && script.includes('exec cat -- "$p"'))
    return looking(() => {
      const content = host.files.get(path);
      return content === undefined ? said(rcMissing, '') : said(0, content);
    });
  if (path !== undefined && script.includes('cat >"$t"')) return writing(path, script, request, host);
  throw new Error(`nobody has told the simulated world what this script does:\n${script.slice(0, 400)}`);
}

/** A write is as safe as its script: without the rename a reader sees halves, without the look before it what came between is lost. */
function writing(path: string, script: string, { stdin }: ExecRequest, host: SimulatedHost): Program {
  const content = stdin instanceof Uint8Array ? Buffer.from(stdin).toString() : '';
  const expected = /\[ "\$found" = (\S+) \] \|\| exit/.exec(script)?.[1];
  const renames = /^mv -f -- "\$t" "\$p"$/m.test(script);
  let rc = 0;
  const changes = (): boolean => rc === 0 && host.files.get(path) !== content;
  return {
    stepMs: [2, 60],
    steps: [
      () => {
        const now = host.files.get(path);
        const found = now === undefined ? 'absent' : createHash('sha256').update(now).digest('hex');
        if (expected !== undefined && expected !== found) rc = rcStale;
      },
      () => {
        if (!renames && changes()) host.put(path, content.slice(0, content.length / 2));
      },
      (asker) => {
        if (!changes()) return;
        host.put(path, content);
        host.record('converge', `${path}: ${content.trim()}`, asker);
      },
    ],
    outcome: () => said(rc, ''),
  };
}
