// Ends a host's run with words of the playbook's author, usually behind a `when`.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule, refuse } from '../core/module.js';

const args = Type.Object(
  {
    msg: Type.Optional(
      Type.String({ minLength: 1, default: 'failed as requested from task', description: 'Why the run ends here.' }),
    ),
  },
  { additionalProperties: false },
);

type Args = Static<typeof args>;

/** Refuses, always. */
export const fail = defineModule<Args, Record<string, never>>({
  name: 'fail',
  summary: 'Fail with a message',
  args,
  state: Type.Object({}),
  shorthand: 'msg',
  examples: [`- fail: { msg: "A can still be reached: stop it first" }\n  when: reachable != 'none'`],
  offline: true,
  inspect: async () => ({}),
  want: ({ msg = 'failed as requested from task' }) => refuse(msg),
});
