// A condition that must hold before the runbook goes on. It is part of the plan: check mode refuses too.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule, refuse } from '../core/module.js';
import type { Refusal } from '../core/module.js';
import { conditionPlace } from '../core/place.js';
import type { Assertion } from '../core/place.js';
import { mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { notTogether } from './shared/one-of.js';
import { only } from './shared/state-schemas.js';

const failMessage = Type.Optional(Type.String({ minLength: 1, description: 'What to say when it does not hold.' }));

const args = Type.Object(
  {
    that: Type.Union(
      [conditionPlace('An expression.'), Type.Array(conditionPlace('An expression.'), { minItems: 1 })],
      {
        description: 'What must hold: an expression, or a list of which each must.',
      },
    ),
    fail_msg: failMessage,
    msg: failMessage,
    success_msg: Type.Optional(Type.String({ minLength: 1, description: 'What to say when all hold.' })),
    quiet: Type.Optional(
      Type.Boolean({ default: false, description: 'Do not name the expressions that do not hold.' }),
    ),
  },
  { additionalProperties: false, ...notTogether(['fail_msg', 'msg']) },
);

type Args = Static<typeof args>;
type State = {
  readonly msg: string;
  readonly assertions: readonly { readonly text: string; readonly holds: boolean }[];
};

function assertionsOf({ that }: Args): readonly Assertion[] {
  return 'text' in that ? [that] : that;
}

function want(bound: Args, { assertions }: State): Partial<State> | Refusal {
  const { fail_msg, msg, quiet = false } = bound;
  const known = assertionsOf(bound);
  const broken = assertions.flatMap((each, at) => (each.holds ? [] : { ...each, values: known[at]?.values ?? {} }));
  if (broken.length === 0) return {};
  const texts = broken.map((each) => each.text);
  const which = `${texts.map((each) => `\`${each}\``).join(' and ')} ${texts.length === 1 ? 'does' : 'do'} not hold`;
  const said = fail_msg ?? msg;
  if (quiet) return refuse(said ?? 'an assertion does not hold');
  const values = Object.assign(mapOf([]), ...broken.map((each) => each.values)) as Readonly<Record<string, Value>>;
  return refuse(said ?? which, undefined, { 'does not hold': texts, where: values });
}

/** Refuses unless conditions hold. */
export const assert = defineModule<Args, State>({
  name: 'assert',
  summary: 'Go on only when conditions hold',
  args,
  state: Type.Object({
    msg: Type.String(),
    assertions: Type.Array(only({ text: Type.String(), holds: Type.Boolean() })),
  }),
  shorthand: 'that',
  examples: [
    `- name: Only for appliances older than 9.0.0
  assert:
    that: appliance_version < 9
    fail_msg: newer appliances fail over by themselves`,
    `- assert:
    that:
      - slony.role == 'origin'
      - slony.consistent`,
  ],
  offline: true,
  inspect: async (bound) => ({
    msg: bound.success_msg ?? 'all assertions hold',
    assertions: assertionsOf(bound).map(({ text, holds }) => ({ text, holds })),
  }),
  want,
});
