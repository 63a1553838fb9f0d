// Whether a register is what its module says of it before the run: a playbook is refused on the word of that.
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import type { AnyModule } from '../../src/core/module.js';

type Validate = ReturnType<Ajv['compile']>;

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, keywords: ['place'] });
const validators = new Map<string, Validate>();

/** A register may lack keys, for a change of which no look tells leaves only what was wanted; it has no others. */
function validatorOf({ name, state }: AnyModule): Validate | undefined {
  if (state === undefined) return undefined;
  const known = validators.get(name);
  if (known !== undefined) return known;
  const { required: _, ...rest } = state;
  const made = ajv.compile({ additionalProperties: false, ...rest });
  validators.set(name, made);
  return made;
}

/** Fails unless the register agrees with what the module declares. */
export function expectDeclared(module: AnyModule, register: object): void {
  const validate = validatorOf(module);
  // Maps of ours have no prototype, and ajv asks for none.
  const valid = validate?.(structuredClone({ ...register })) ?? true;
  const where = `${module.name} declares another register`;
  expect({ where, valid, errors: validate?.errors ?? [] }).toEqual({ where, valid: true, errors: [] });
}
