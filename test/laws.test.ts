// The law of modules, held over every registered module with generated arguments and states: what a module wants is
// content with its own answer, a look never touches, a state is plain data, and no answer of a host can break it.
import { existsSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CommandResult, Eyes, Hands, State } from '../src/core/module.js';
import { Refusal } from '../src/core/module.js';
import { planOf } from '../src/core/plan.js';
import { isMap } from '../src/core/value.js';
import { WorldError } from '../src/core/world-error.js';
import { modules } from '../src/modules/index.js';
import { expectDeclared } from './rigs/declared-state.js';
import { localHands } from './rigs/local-hands.js';
import type { ModuleArbitrary } from './rigs/module-arbitrary.js';
import { targetOf } from './rigs/target.js';

const registered = [...modules.values()];

async function arbitraryOf(name: string): Promise<ModuleArbitrary> {
  const file = new URL(`./modules/${name.replaceAll('_', '-')}.arbitrary.ts`, import.meta.url);
  if (!existsSync(file)) throw new Error(`write ${file.pathname}, for the law tests of \`${name}\``);
  const { arbitrary } = (await import(file.href)) as { readonly arbitrary: ModuleArbitrary };
  return arbitrary;
}

/** Names of arguments without a description, those in maps included. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (!isMap(schema)) return [];
  const own = Object.entries({ ...asMap(schema['properties']), ...asMap(schema['patternProperties']) });
  return own.flatMap(([key, each]) => [
    ...(isMap(each) && typeof each['description'] === 'string' ? [] : [path + key]),
    ...undescribed(each, `${path}${key}.`),
  ]);
}

function asMap(value: unknown): object {
  return isMap(value) ? value : {};
}

describe('the registry', () => {
  it('has every module under its own name, once', () => {
    expect([...modules.keys()]).toEqual(registered.map((each) => each.name));
    expect(new Set(modules.keys()).size).toBe(modules.size);
  });
});

/** Everything but looking, as touches that should not be there. */
function touches(record: string[]): Omit<Hands, keyof Eyes> {
  const touched = (verb: string) => (): Promise<never> => {
    record.push(verb);
    return Promise.reject(new WorldError('failed', 'a look must not touch'));
  };
  return {
    run: touched('run'),
    write: touched('write'),
    keep: touched('keep'),
    statements: touched('statements'),
    ask: touched('ask'),
    sleep: touched('sleep'),
    request: touched('request'),
    stream: touched('stream'),
  };
}

const refused = (): WorldError => new WorldError('failed', 'the host said no');

/** A host that gives any answer but a sensible one. */
function nonsense(answers: fc.GeneratorValue): Eyes {
  const any = <T>(values: fc.Arbitrary<T>): T => answers(() => values);
  const lines = fc.constantFrom(
    '',
    '\n',
    'creates 0\n',
    'unless 127\n',
    'manager=sysv\nrc=0\n',
    'process=x y z\n',
    'process=1 a b\n',
    '=',
    'failed=2\n',
    '\0\ufffd',
  );
  const outputs = fc.oneof(
    lines,
    fc.string(),
    fc.array(lines).map((each) => each.join('')),
  );
  const files = fc.option(
    fc.record({
      kind: fc.constantFrom('file' as const, 'directory' as const, 'link' as const, 'other' as const),
      mode: fc.constantFrom('0644', '01777', '00'),
      owner: fc.string(),
      group: fc.string(),
      sizeBytes: fc.nat(),
      modifiedAtSeconds: fc.integer(),
    }),
    { nil: undefined },
  );
  return {
    host: 'nonsense',
    postgres: targetOf().postgres,
    at: () => nonsense(answers),
    look: async (_command, options = {}): Promise<CommandResult> => {
      const result = any(fc.record({ rc: fc.constantFrom(0, 0, 0, 1, 2, 127, 255), stdout: outputs, stderr: outputs }));
      const { expectRc = [0] } = options;
      if (expectRc === 'any' || expectRc.includes(result.rc)) return result;
      throw refused();
    },
    stat: async (path) => {
      const file = any(files);
      return file === undefined ? undefined : { ...file, path };
    },
    read: async () => any(fc.option(fc.uint8Array(), { nil: undefined })),
    file: async (path) => {
      const file = any(files);
      if (file?.kind !== 'file') return file === undefined ? undefined : { ...file, path };
      const content = any(fc.option(fc.uint8Array(), { nil: undefined }));
      const sha256 = any(fc.stringMatching(/^[0-9a-f]{64}$/));
      return { ...file, path, sha256, ...(content === undefined ? {} : { content }) };
    },
    own: async () => {
      const file = any(files);
      if (file?.kind !== 'file') return file;
      return { kind: file.kind, mode: file.mode, sha256: any(fc.stringMatching(/^[0-9a-f]{64}$/)) };
    },
    // The columns of rows are what the module's own query asked for, so nonsense would be no answer of a server.
    rows: () => Promise.reject(refused()),
    explain: async () => {
      if (any(fc.boolean())) throw refused();
    },
    reaches: async () => any(fc.boolean()),
    dial: () => Promise.reject(refused()),
    fetch: async ({ url }) => {
      if (any(fc.boolean())) throw refused();
      const status = any(fc.constantFrom(100, 200, 200, 200, 302, 404, 503, 999));
      const headers = any(fc.dictionary(fc.constantFrom('content-type', 'location', '__proto__', 'x'), outputs));
      const body = any(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
      );
      return { status, headers, body, url, cookies: any(fc.string()), elapsedMs: any(fc.nat()) };
    },
  };
}

/** What a look found, or nothing when the host said no. Any other error is a bug and goes up. */
async function looked(look: Promise<State>): Promise<State | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof WorldError) return undefined;
    throw error;
  }
}

function expectPlainData(state: State | undefined): void {
  expect(JSON.parse(JSON.stringify(state ?? null))).toEqual(state === undefined ? null : structuredClone({ ...state }));
}

describe.each(registered.map((each) => [each.name, each] as const))('%s', (name, module) => {
  it('is named and described, with every argument', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(module.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(module.args['type']).toBe('object');
    expect(module.args['additionalProperties']).toBe(false);
    expect(undescribed(module.args, '')).toEqual([]);
    const known = Object.keys(asMap(module.args['properties']));
    expect(module.shorthand === undefined || known.includes(module.shorthand)).toBe(true);
  });

  it('has examples that pass its own schema', () => {
    const ajv = new Ajv({
      allErrors: true,
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
      keywords: ['place'],
    });
    const validate = ajv.compile(module.args);
    expect(module.examples.length).toBeGreaterThan(0);
    for (const example of module.examples) {
      // A task, or a list of one.
      const said: unknown = parse(example);
      const [task, ...others] = (Array.isArray(said) ? said : [said]) as readonly Record<string, unknown>[];
      expect({ example, others }).toEqual({ example, others: [] });
      expect(Object.keys(task ?? {})).toContain(name);
      const own = task?.[name] ?? {};
      const args = typeof own === 'string' ? { [module.shorthand ?? 'shorthand']: own } : own;
      const valid = validate(args);
      expect({ example, valid, errors: validate.errors ?? [] }).toEqual({ example, valid: true, errors: [] });
    }
  });

  it('is content with its own answer, and changes nothing by wanting', async () => {
    const { args, found } = await arbitraryOf(name);
    fc.assert(
      fc.property(args, found, (bound, state) => {
        const task = module.bind(bound);
        const before = structuredClone({ ...state });
        const wanted = task.want(state);
        expect({ ...state }).toEqual(before);
        expectDeclared(module, state);
        if (!(wanted instanceof Refusal)) expectDeclared(module, { ...state, ...wanted });
        expect(task.want(state)).toEqual(wanted);
        // A refusal wants nothing, so there is nothing that it could be content with.
        const after = wanted instanceof Refusal ? undefined : ({ ...state, ...wanted } as State);
        const again = after === undefined ? 'same' : planOf(after, task.want(after)).kind;
        expect(again).toBe('same');
        expect(module.onlyLooks && planOf(state, wanted).kind).not.toBe('change');
      }),
      { numRuns: 500 },
    );
  });

  it('only looks when it inspects this machine, and finds plain data', async () => {
    const { args } = await arbitraryOf(name);
    await fc.assert(
      fc.asyncProperty(args, async (bound) => {
        const touched: string[] = [];
        const hands = localHands();
        const found = await looked(module.bind(bound).inspect({ ...hands, ...touches(touched) }));
        expect(touched).toEqual([]);
        expect(hands.calls.filter((each) => each.verb !== 'look')).toEqual([]);
        expectPlainData(found);
        expectDeclared(module, found ?? {});
      }),
      { numRuns: 10 },
    );
  });

  it('takes any answer of a host: plain data, a refusal, or a failure in words', async () => {
    const { args } = await arbitraryOf(name);
    await fc.assert(
      fc.asyncProperty(args, fc.gen(), async (bound, answers) => {
        const task = module.bind(bound);
        const touched: string[] = [];
        const found = await looked(task.inspect({ ...nonsense(answers), ...touches(touched) }));
        expect(touched).toEqual([]);
        expectPlainData(found);
        expectDeclared(module, found ?? {});
        if (found !== undefined) task.want(found);
      }),
      { numRuns: 200 },
    );
  });
});
