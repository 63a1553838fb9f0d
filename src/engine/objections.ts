// What the world has against one task: its needs, held against what was answered.
import type { SqlText } from '../core/connection.js';
import type { NeededPlace, SearchedProgram } from '../core/needs.js';
import type { Demand } from './demands.js';
import { meaningOf } from './database-look.js';
import type { Finding, Weight } from './finding.js';
import { hiddenByNoLog } from './outcome.js';
import { keyOf, programPath } from './questions.js';
import type { Answer, Question } from './questions.js';
import type { Seen } from './world-looks.js';

/** An objection before it is known where it was found. */
interface Objection {
  readonly code: Finding['code'];
  readonly message: string;
  readonly hint?: string | undefined;
  /** True when it may have come to nothing by then. */
  readonly maybe: boolean;
  /** Why, when that is not because of an earlier task. */
  readonly why?: string | undefined;
}

/** Every objection to one demand, those aside that keep its host or its user from being asked at all. */
export function objectionsTo(demand: Demand, seen: Seen): readonly Finding[] {
  const { byKey } = seen.answersFor(demand);
  const answer = (kind: Question['kind'], about: string, places: readonly string[] = []): Answer | undefined =>
    byKey.get(keyOf({ kind, about, places }));
  const {
    programs = [],
    searched = [],
    chdir,
    files = [],
    writes = [],
    makes = [],
    services = [],
    statements = [],
  } = demand.module.needs;
  const found = [
    ...programs.map((each) => programObjection(programPath(each, chdir), answer, demand)),
    ...searched.map((each) => searchedObjection(each, answer, demand)),
    ...(chdir === undefined ? [] : [directoryObjection(chdir, answer, demand)]),
    ...files.map((candidates) => fileObjection(candidates, answer, demand)),
    ...writes.map((place) => placeObjection(place, answer, seen, demand)),
    ...makes.map((path) => makeObjection(path, answer, demand)),
    ...services.map((name) => serviceObjection(name, answer, demand)),
    ...statements.map(({ database, statement }) => statementObjection(statement, database, seen, demand)),
  ];
  return found.flatMap((each) => (each === undefined ? [] : [findingOf(each, demand)]));
}

type Asked = (kind: Question['kind'], about: string, places?: readonly string[]) => Answer | undefined;

function findingOf({ code, message, hint, maybe, why }: Objection, { task, manner, coped }: Demand): Finding {
  const weight: Weight = maybe || coped ? 'doubt' : 'refusal';
  const { span } = task;
  if (task.noLog) {
    const unsaid = `what this task needs is not there (${hiddenByNoLog})`;
    return { code, weight, host: manner.session, span, message: unsaid };
  }
  const doubt = maybe ? (why ?? 'an earlier task may change that') : coped ? 'the playbook copes with that' : undefined;
  return { code, weight, host: manner.session, span, message, hint: doubt ?? hint };
}

function userOf({ manner: { become } }: Demand): string {
  return become === undefined ? 'the user who logs in' : `\`${become.user}\``;
}

const mayNotLook = 'does the task need `become: true`?';

function programObjection(path: string, asked: Asked, demand: Demand): Objection | undefined {
  const maybe = demand.brought.program(path);
  switch (asked('program', path)?.word) {
    case 'no':
      return {
        code: 'preflight/no-program',
        message: `there is no program \`${path}\``,
        hint: path.includes('/')
          ? undefined
          : `it is not on the PATH of ${userOf(demand)}; install it, or say its path`,
        maybe,
      };
    case 'denied':
      return {
        code: 'preflight/not-executable',
        message: `\`${path}\` cannot be executed by ${userOf(demand)}`,
        maybe,
      };
    case 'hidden':
      return hidden(path, demand, maybe);
    default:
      return undefined;
  }
}

function searchedObjection({ name, places }: SearchedProgram, asked: Asked, demand: Demand): Objection | undefined {
  const word = asked('searched', name, places)?.word;
  if (word !== 'no' && word !== 'denied') return undefined;
  const maybe = demand.brought.program(name);
  const where = places.map((each) => `\`${each}\``).join(', ');
  const looked = `looked for on the PATH of ${userOf(demand)} and in ${where}`;
  if (word === 'denied') {
    const message = `\`${name}\` cannot be executed by ${userOf(demand)}`;
    return { code: 'preflight/not-executable', message, hint: looked, maybe };
  }
  const message = `there is no program \`${name}\``;
  return { code: 'preflight/no-program', message, hint: `${looked}; install it, or say where it is`, maybe };
}

function hidden(path: string, demand: Demand, maybe: boolean): Objection {
  const message = `\`${path}\` cannot be looked at by ${userOf(demand)}`;
  return { code: 'preflight/hidden', message, hint: mayNotLook, maybe };
}

function directoryObjection(path: string, asked: Asked, demand: Demand): Objection | undefined {
  const maybe = demand.brought.file(path);
  const word = asked('directory', path)?.word;
  if (word === 'hidden') return hidden(path, demand, maybe);
  if (word !== 'no') return undefined;
  return { code: 'preflight/no-directory', message: `there is no directory \`${path}\``, maybe };
}

function fileObjection(candidates: readonly string[], asked: Asked, demand: Demand): Objection | undefined {
  const words = candidates.map((path) => asked('file', path)?.word);
  const maybe = candidates.some((path) => demand.brought.file(path));
  if (words.length === 0 || words.some((word) => word === 'yes' || word === undefined)) return undefined;
  const at = words.indexOf('hidden');
  if (at !== -1) return hidden(candidates[at] ?? '', demand, maybe);
  const names = candidates.map((path) => `\`${path}\``).join(' nor ');
  return { code: 'preflight/no-file', message: `there is no file ${names}`, maybe };
}

function placeObjection(place: NeededPlace, asked: Asked, seen: Seen, demand: Demand): Objection | undefined {
  const { path } = place;
  const found = asked('place', path);
  const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.';
  const maybe = demand.brought.file(directory);
  switch (found?.word) {
    case 'no':
      return {
        code: 'preflight/no-directory',
        message: `there is no directory \`${directory}\` to write into`,
        hint: 'let an earlier task make it, with `file: { state: directory }`',
        maybe,
      };
    case 'hidden':
      return hidden(directory, demand, maybe);
    case 'readonly':
      return notWritable(directory, demand, maybe);
    case 'kept':
      return { ...notWritable(directory, demand, true), why: 'what is there may be as it should be already' };
    default:
      return roomObjection(place, found, seen, demand);
  }
}

function roomObjection(
  { path, bytes, ofDatabase }: NeededPlace,
  found: Answer | undefined,
  seen: Seen,
  demand: Demand,
): Objection | undefined {
  const { freeKib } = found ?? {};
  const needed = bytes ?? (ofDatabase === undefined ? undefined : seen.database(demand, ofDatabase).bytes);
  if (freeKib === undefined || needed === undefined || freeKib * 1024 >= needed) return undefined;
  return {
    code: 'preflight/no-space',
    message: `there is no room for \`${path}\`: it takes ${needed} bytes, and ${freeKib * 1024} are free`,
    hint: 'free some space on its file system',
    maybe: bytes === undefined,
    why: 'a dump is pressed together, and may fit all the same',
  };
}

function notWritable(directory: string, demand: Demand, maybe: boolean): Objection {
  const message = `directory \`${directory}\` cannot be written by ${userOf(demand)}`;
  return { code: 'preflight/not-writable', message, hint: mayNotLook, maybe };
}

function makeObjection(path: string, asked: Asked, demand: Demand): Objection | undefined {
  const maybe = demand.brought.file(path);
  const word = asked('make', path)?.word;
  if (word === 'readonly') return notWritable(path, demand, maybe);
  if (word !== 'no') return undefined;
  return {
    code: 'preflight/no-directory',
    message: `directory \`${path}\` cannot be made: a file is in its way`,
    maybe,
  };
}

function serviceObjection(name: string, asked: Asked, demand: Demand): Objection | undefined {
  if (asked('service', name)?.word !== 'no') return undefined;
  const maybe = demand.brought.service(name);
  return { code: 'preflight/no-service', message: `there is no service \`${name}\``, maybe };
}

function statementObjection(
  statement: SqlText,
  database: string | undefined,
  seen: Seen,
  demand: Demand,
): Objection | undefined {
  const error = seen.database(demand, database).objection(statement);
  if (error === undefined) return undefined;
  const { code, sure } = meaningOf(error);
  const { message, hint } = error;
  return { code, message, hint, maybe: !sure || demand.brought.data, why: sure ? undefined : hint };
}
