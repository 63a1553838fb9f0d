// A few modules with every kind of argument. They do nothing but give back what they were bound to.
import { Type } from '@sinclair/typebox';
import type { TSchema } from '@sinclair/typebox';
import { defineModule } from '../../../src/core/module.js';
import type { AnyModule, Eyes, State } from '../../../src/core/module.js';
import {
  commandPlace,
  conditionPlace,
  filePlace,
  shellPlace,
  sqlFilePlace,
  sqlPlace,
  templateFilePlace,
} from '../../../src/core/place.js';
import type { Task } from '../../../src/core/playbook.js';
import type { Scope } from '../../../src/core/scope.js';

const text = Type.String({ minLength: 1 });
const closed = { additionalProperties: false } as const;

function echo(name: string, args: TSchema, shorthand?: string): AnyModule {
  const module = defineModule<unknown, State>({
    name,
    summary: `${name} in a few words`,
    args,
    ...(shorthand === undefined ? {} : { shorthand }),
    examples: [],
    // A state is plain data; here it is what the test wants to see.
    inspect: async (bound) => ({ bound }) as never,
    want: () => ({}),
  });
  return module;
}

const all: readonly AnyModule[] = [
  echo('ping', Type.Object({}, closed)),
  echo(
    'service',
    Type.Object(
      {
        name: text,
        state: Type.Optional(Type.Union([Type.Literal('started'), Type.Literal('stopped'), Type.Literal('restarted')])),
        enabled: Type.Optional(Type.Boolean()),
        settle: Type.Optional(Type.Integer({ minimum: 0, maximum: 600, default: 30 })),
      },
      closed,
    ),
  ),
  echo(
    'command',
    Type.Object(
      {
        cmd: Type.Union([commandPlace('a command'), Type.Array(text, { minItems: 1 })]),
        chdir: Type.Optional(text),
        unless: Type.Optional(commandPlace('a look')),
        environment: Type.Optional(Type.Record(Type.String(), Type.String())),
      },
      closed,
    ),
    'cmd',
  ),
  echo('shell', Type.Object({ cmd: shellPlace('a script') }, closed), 'cmd'),
  echo(
    'sql',
    Type.Object(
      {
        database: Type.Optional(text),
        query: Type.Optional(sqlPlace('a query')),
        change: Type.Optional(Type.Union([sqlPlace('statements'), Type.Array(sqlPlace('a statement'))])),
        script: Type.Optional(sqlFilePlace('a file')),
      },
      { ...closed, not: { required: ['query', 'change'] } },
    ),
  ),
  echo(
    'assert',
    Type.Object({ that: Type.Union([conditionPlace('it'), Type.Array(conditionPlace('each'))]) }, closed),
    'that',
  ),
  echo(
    'copy',
    Type.Object(
      { src: filePlace('a file'), dest: text, mode: Type.Optional(Type.String({ pattern: '^0?[0-7]{3,4}$' })) },
      closed,
    ),
  ),
  echo('template', Type.Object({ src: templateFilePlace('a template'), dest: text }, closed)),
  echo('debug', Type.Object({ msg: Type.Optional(Type.Unknown()) }, closed), 'msg'),
  echo(
    'wait_for',
    Type.Object(
      { port: Type.Integer({ minimum: 1, maximum: 65_535 }), hosts: Type.Optional(Type.Array(text)) },
      closed,
    ),
  ),
  echo('file', Type.Object({ path: text }, closed), 'path'),
];

/** The modules by name. */
export const modules: ReadonlyMap<string, AnyModule> = new Map(all.map((each) => [each.name, each]));

/** What a task's arguments are bound to for a scope, or the problems. */
export async function boundTo(task: Task, scope: Scope): Promise<unknown> {
  const bound = task.bind(scope);
  if (!bound.ok) return bound.problems.map((each) => `${each.code} ${each.message} | ${each.hint ?? ''}`);
  const state: unknown = await bound.value.inspect({} as Eyes);
  return (state as { bound: unknown }).bound;
}
