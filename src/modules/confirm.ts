// A person does a part of the runbook and says so. The answer must be typed in full, so that it cannot be given by
// accident, and it proves nothing: a look after it does.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule } from '../core/module.js';
import type { Change, Hands, Told } from '../core/module.js';
import { bringsAnything } from '../core/needs.js';
import type { Value } from '../core/value.js';
import { asText } from './shared/text.js';

/** Answers that fingers give by themselves. */
const thoughtless = '[yY]|[yY][eE][sS]|[oO][kK]|[oO][kK][aA][yY]|[nN]|[nN][oO]|[tT]rue|[dD]one|[sS]ure|[yY]ep|1';

const args = Type.Object(
  {
    title: Type.String({ minLength: 1, description: 'What is asked, in one line.' }),
    text: Type.Optional(Type.String({ description: 'Why, and what happens next.' })),
    steps: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'What the person does, in order, shown as a checklist.',
      }),
    ),
    link: Type.Optional(Type.String({ minLength: 1, description: 'The page on which it is done.' })),
    answer: Type.Optional(
      Type.String({
        pattern: `^(?!(?:${thoughtless})$)\\S(?:.*\\S)?$`,
        description:
          'What must be typed, exactly; the inventory name of the host when left out. Say a name or a phrase: `y`, `yes`, `ok` and the like are given without thought, and are refused.',
      }),
    ),
    evidence: Type.Optional(
      Type.Unsafe<Value>({
        description: 'What the person should see before answering, such as a register; shown as data.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Args = Static<typeof args>;
type State = { readonly confirmed: boolean };

function question({ text = '', evidence }: Args): string {
  return [text, evidence === undefined ? '' : asText(evidence)].filter((each) => each !== '').join('\n\n');
}

async function apply(_change: Change<State>, hands: Hands, bound: Args): Promise<Told> {
  const { title, steps = [], link, answer = hands.host } = bound;
  const typed = await hands.ask({
    title,
    text: question(bound),
    steps,
    expect: answer,
    ...(link === undefined ? {} : { link }),
  });
  return { answer: typed };
}

/** Asks the operator. */
export const confirm = defineModule<Args, State>({
  name: 'confirm',
  summary: 'Ask the operator to do or to allow something, and go on only after a typed answer',
  description:
    'Shows the title, the text, the steps as a checklist and the link, and waits until the answer is typed exactly. Anything else declines, which fails the task; without a terminal the run stops and waits to be resumed. An answer is not a proof: let a look follow, with `until`. In check mode nobody is asked.',
  args,
  state: Type.Object({ confirmed: Type.Boolean(), answer: Type.String() }),
  examples: [
    `- name: Reinitialize Slony in the Service Center
  confirm:
    title: Reinitialize Slony
    steps:
      - Appliances > Maintenance > Slony Operations
      - "Organization ID: 1000"
      - Initialize Slony
    link: https://{{ ssh_host }}/service
    answer: initialized`,
  ],
  leavesHostAlone: true,
  offline: true,
  inspect: async () => ({ confirmed: false }),
  want: () => ({ confirmed: true }),
  apply,
  provable: () => false,
  describe: ({ title }) => `would ask the operator: ${title}`,
  // Who is given steps may do anything by hand; who only allows something does nothing.
  brings: (bound) => (bound !== undefined && bound.steps === undefined ? {} : { ...bringsAnything, everywhere: true }),
});
