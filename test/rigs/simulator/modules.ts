// The modules that playbooks of the simulated world are made of: one of each kind of work that the engine knows.
import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import type { Static, TProperties } from '@sinclair/typebox';
import { defineModule } from '../../../src/core/module.js';
import type { AnyModule } from '../../../src/core/module.js';

const words = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, Type.String({ description: name })]));
const object = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false });

const appendArgs = object({
  file: Type.String({ description: 'the file' }),
  line: Type.String({ description: 'the line' }),
  rc: Type.Optional(Type.Integer({ description: 'how it ends' })),
});

/** Once: nobody can tell afterwards who wrote the line. */
const append = defineModule<Static<typeof appendArgs>, { readonly done: boolean }>({
  name: 'append',
  summary: 'write a line',
  args: appendArgs,
  examples: [],
  provable: () => false,
  inspect: async () => ({ done: false }),
  want: () => ({ done: true }),
  apply: async (_, hands, { file, line, rc = 0 }) => {
    const { rc: ended, stdout } = await hands.run({ kind: 'argv', argv: ['append', file, line, String(rc)] });
    return { rc: ended, stdout };
  },
});

/** Converge: a service that starts and stops. */
const unit = defineModule<Readonly<Record<'name' | 'state', string>>, { readonly state: string }>({
  name: 'unit',
  summary: 'keep a service',
  args: object(words('name', 'state')),
  examples: [],
  inspect: async ({ name }, eyes) => ({
    state: (await eyes.look({ kind: 'argv', argv: ['service-status', name] })).stdout,
  }),
  want: ({ state }) => ({ state }),
  apply: async (_, hands, { name, state }) => {
    await hands.run({ kind: 'argv', argv: ['service-set', name, state] });
  },
  settleMs: () => 2000,
});

/** Converge: a file as a whole. */
const content = defineModule<Readonly<Record<'path' | 'text', string>>, { readonly sha256: string | null }>({
  name: 'content',
  summary: 'keep a file',
  args: object(words('path', 'text')),
  examples: [],
  inspect: async ({ path }, eyes) => {
    const bytes = await eyes.read(path);
    return { sha256: bytes === undefined ? null : digest(bytes) };
  },
  want: ({ text }) => ({ sha256: digest(Buffer.from(text)) }),
  apply: async ({ before }, hands, { path, text }) => {
    await hands.write(path, Buffer.from(text), { expectSha256: before.sha256 ?? null });
  },
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Converge: a value in a database. */
const row = defineModule<Readonly<Record<'key' | 'value', string>>, { readonly value: string | null }>({
  name: 'row',
  summary: 'keep a value',
  args: object(words('key', 'value')),
  examples: [],
  inspect: async ({ key }, eyes) => {
    const { rows } = await eyes.rows({ text: `get ${key}`, values: [] });
    return { value: typeof rows[0]?.['value'] === 'string' ? rows[0]['value'] : null };
  },
  want: ({ value }) => ({ value }),
  apply: async (_, hands, { key, value }) => {
    await hands.statements({
      statements: [{ text: `set ${key} ${value}`, values: [] }],
      lockTimeoutMs: 3000,
      statementTimeoutMs: 10_000,
    });
  },
});

/** Once: a sum in a database. */
const add = defineModule<Readonly<Record<'key' | 'value', string>>, { readonly done: boolean }>({
  name: 'add',
  summary: 'add to a sum',
  args: object(words('key', 'value')),
  examples: [],
  provable: () => false,
  inspect: async () => ({ done: false }),
  want: () => ({ done: true }),
  apply: async (_, hands, { key, value }) => {
    await hands.statements({
      statements: [{ text: `add ${key} ${value}`, values: [] }],
      lockTimeoutMs: 3000,
      statementTimeoutMs: 10_000,
    });
  },
});

/** A person confirms. */
const sign = defineModule<Readonly<Record<'title', string>>, { readonly confirmed: boolean }>({
  name: 'sign',
  summary: 'ask a person',
  args: object(words('title')),
  examples: [],
  leavesHostAlone: true,
  provable: () => false,
  inspect: async () => ({ confirmed: false }),
  want: () => ({ confirmed: true }),
  apply: async (_, hands, { title }) => ({
    typed: await hands.ask({ title, text: title, steps: [], expect: 'yes it is' }),
  }),
});

/** All of them, as a registry has them. */
export const simulatedModules: ReadonlyMap<string, AnyModule> = new Map(
  [append, unit, content, row, add, sign].map((each) => [each.name, each]),
);
