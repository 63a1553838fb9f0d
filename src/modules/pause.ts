// Waits a known time. Nobody is asked anything: a pause that ends at a key press is passed by accident, `confirm` is not.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule } from '../core/module.js';
import { exactlyOne } from './shared/one-of.js';

const args = Type.Object(
  {
    seconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 86_400, description: 'How long to wait.' })),
    minutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1440, description: 'How long to wait.' })),
    message: Type.Optional(Type.String({ minLength: 1, description: 'What is waited for.' })),
  },
  { additionalProperties: false, ...exactlyOne(['seconds', 'minutes']) },
);

type Args = Static<typeof args>;

function seconds(bound: Args): number {
  return bound.seconds ?? (bound.minutes ?? 0) * 60;
}

/** Waits. */
export const pause = defineModule<Args, { readonly waited: boolean }>({
  name: 'pause',
  summary: 'Wait a number of seconds or minutes',
  description:
    'Prefer `until` or `wait_for`, which end as soon as the world is ready. To wait for a person, use `confirm`.',
  args,
  state: Type.Object({ waited: Type.Boolean(), seconds: Type.Number() }),
  examples: [
    '- name: Give slon time to connect\n  pause: { seconds: 10 }',
    '- pause: { minutes: 1, message: caches warm up }',
  ],
  leavesHostAlone: true,
  offline: true,
  inspect: async () => ({ waited: false }),
  want: () => ({ waited: true }),
  apply: async (_change, hands, bound) => {
    await hands.sleep(seconds(bound) * 1000);
    return { seconds: seconds(bound) };
  },
  provable: () => false,
  describe: (bound) => `would wait ${seconds(bound)} s${bound.message === undefined ? '' : `: ${bound.message}`}`,
});
