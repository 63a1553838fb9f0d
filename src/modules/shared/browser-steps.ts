// The steps that a person would do in a web page, as a playbook says them: what is clicked is named as the page shows it.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { exactlyOne } from './one-of.js';
import { duration, durationMs } from './duration.js';

const closed = { additionalProperties: false } as const;
const label = Type.Optional(
  Type.String({ minLength: 1, description: 'Label of the field, in full, as the page shows it.' }),
);
const selector = Type.Optional(
  Type.String({ minLength: 1, description: 'CSS selector, where nothing visible names it.' }),
);
const role = Type.Optional(
  Type.String({ pattern: '^[a-z]+$', description: 'ARIA role, such as `button`, `link` or `heading`.' }),
);
const name = Type.Optional(
  Type.String({ minLength: 1, description: 'With `role`: its name in full, as the page shows it.' }),
);
const named = { dependencies: { name: ['role'] } } as const;
const field = { ...closed, ...exactlyOne(['label', 'selector']) };

const open = Type.String({ minLength: 1, description: 'Go to an address; it may be relative to `url`.' });

const expect = Type.Object(
  {
    text: Type.Optional(Type.String({ minLength: 1, description: 'A part of what the page shows, in any case.' })),
    role,
    name,
    selector,
    timeout: Type.Optional(duration('How long it may take to be there; as the other steps when left out.')),
  },
  { ...closed, ...named, ...exactlyOne(['text', 'role', 'selector']), description: 'Wait until this is to be seen.' },
);

const step = Type.Object(
  {
    open: Type.Optional(open),
    fill: Type.Optional(
      Type.Object(
        { label, selector, value: Type.String({ description: 'What to write. It is hidden in all messages.' }) },
        { ...field, description: 'Write into a field.' },
      ),
    ),
    select: Type.Optional(
      Type.Object(
        {
          label,
          selector,
          option: Type.Union([Type.String({ minLength: 1 }), Type.Number()], {
            description: 'The option: its text, or its value.',
          }),
        },
        { ...field, description: 'Choose from a list.' },
      ),
    ),
    check: Type.Optional(Type.Object({ label, selector }, { ...field, description: 'Tick a box or a radio button.' })),
    click: Type.Optional(
      Type.Object(
        {
          role,
          name,
          text: Type.Optional(Type.String({ minLength: 1, description: 'The text, in full, as the page shows it.' })),
          selector,
          dialog: Type.Optional(
            Type.Union(
              (['accept', 'dismiss'] as const).map((each) => Type.Literal(each)),
              { default: 'dismiss', description: 'How to answer the question that the click pops up.' },
            ),
          ),
        },
        { ...closed, ...named, ...exactlyOne(['role', 'text', 'selector']), description: 'Click on it, once.' },
      ),
    ),
    expect: Type.Optional(expect),
    screenshot: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', description: 'Keep a picture under this name.' }),
    ),
    wait: Type.Optional(duration('Wait, where nothing on the page tells when to go on.')),
  },
  { ...closed, minProperties: 1, maxProperties: 1, description: 'One thing to do.' },
);

const look = Type.Object(
  { open: Type.Optional(open), expect: Type.Optional(expect) },
  { ...closed, minProperties: 1, maxProperties: 1, description: 'One thing to look at.' },
);

/** Steps that may do anything. */
export const stepsSchema = (description: string) => Type.Array(step, { minItems: 1, description });
/** Steps that only look. */
export const looksSchema = (description: string) => Type.Array(look, { minItems: 1, description });

/** One step. */
export type Step = Static<typeof step>;

/** What a step is about on the page. */
export type Target = {
  readonly label?: string;
  readonly selector?: string;
  readonly role?: string;
  readonly name?: string;
  readonly text?: string;
};

/** A step in words. What is filled in is not among them. */
export function stepWords(each: Step): string {
  if (each.open !== undefined) return `open \`${each.open}\``;
  if (each.fill !== undefined) return `fill ${targetWords(each.fill)}`;
  if (each.select !== undefined) return `select \`${each.select.option}\` in ${targetWords(each.select)}`;
  if (each.check !== undefined) return `check ${targetWords(each.check)}`;
  if (each.click !== undefined) return `click ${targetWords(each.click)}`;
  if (each.expect !== undefined) return `expect ${targetWords(each.expect)}`;
  if (each.screenshot !== undefined) return `screenshot \`${each.screenshot}\``;
  return `wait ${durationMs(each.wait ?? 0) / 1000} s`;
}

function targetWords({ label: shown, selector: css, role: kind, name: title, text }: Target): string {
  if (kind !== undefined) return title === undefined ? kind : `${kind} \`${title}\``;
  return `\`${shown ?? text ?? css ?? ''}\``;
}
