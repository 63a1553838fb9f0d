// Says something in the output: a sentence, or a value as it is.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule } from '../core/module.js';
import type { Value } from '../core/value.js';
import { exactlyOne } from './shared/one-of.js';
import { asText } from './shared/text.js';

const args = Type.Object(
  {
    msg: Type.Optional(Type.Unsafe<Value>({ description: 'What to say: text, or any value.' })),
    var: Type.Optional(
      Type.Unsafe<Value>({ description: 'A value to show, written as `"{{ name }}"`; a bare name is only text.' }),
    ),
  },
  { additionalProperties: false, ...exactlyOne(['msg', 'var']) },
);

type Args = Static<typeof args>;
type State = { readonly msg: string; readonly value: Value };

/** Shows a message or a value. */
export const debug = defineModule<Args, State>({
  name: 'debug',
  summary: 'Show a message or a value',
  args,
  state: Type.Object({ msg: Type.String(), value: Type.Unknown() }),
  shorthand: 'msg',
  examples: ['- debug: { msg: "promoting {{ inventory_hostname }}" }', '- debug: { var: "{{ slony }}" }'],
  offline: true,
  inspect: async (bound) => {
    const value = bound.msg ?? bound.var ?? null;
    return { msg: asText(value), value };
  },
  want: () => ({}),
});
