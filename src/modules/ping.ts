// The cheapest question there is: can this host be reached, and does a command run there.
import { Type } from '@sinclair/typebox';
import type { Bound, Eyes } from '../core/module.js';
import { defineModule } from '../core/module.js';
import { shellWord } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import { ownScript } from './shared/own-script.js';

const args = Type.Object(
  { data: Type.Optional(Type.String({ default: 'pong', description: 'What the host is to answer.' })) },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;
type State = { readonly ping: string };

async function inspect({ data = 'pong' }: Args, eyes: Eyes): Promise<State> {
  const { stdout } = await eyes.look(ownScript(`printf '%s' ${shellWord(data)}`));
  if (stdout === data) return { ping: data };
  throw new WorldError('failed', 'the host did not answer what it was asked to', {
    hint: 'look for programs that print in the shell start files of the user',
    details: { expected: data, stdout },
  });
}

/** The module `ping`. */
export const ping = defineModule<Args, State>({
  name: 'ping',
  summary: 'Check that the host can be reached and runs commands',
  args,
  state: Type.Object({ ping: Type.String() }),
  examples: ['- name: Can the host be reached\n  ping:'],
  inspect,
  want: () => ({}),
});
