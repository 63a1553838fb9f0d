// What a person would click in a web page, done in a real browser: steps named as the page shows things. Done at most
// once: whether it worked is for a look to say, of the page (`done_when`) or, better, of what it was to change.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { filePlace } from '../core/place.js';
import { findChromium, loadPlaywright, openPage } from './shared/browser-launch.js';
import { Performer } from './shared/browser-run.js';
import { looksSchema, stepsSchema, stepWords } from './shared/browser-steps.js';
import type { Step } from './shared/browser-steps.js';
import { duration, durationMs } from './shared/duration.js';
import { defaultSettleSeconds } from './shared/guards.js';
import { authorityMistake, urlMistake } from './shared/http-task.js';
import { orNull } from './shared/state-schemas.js';

const defaultTimeout = '30s';
/** What is not to be seen is the usual answer of a look, so it does not wait for long. */
const lookSeconds = 5;

const args = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'The page to begin with, with http or https.' }),
    steps: stepsSchema('What to do, in order, each once.'),
    login: Type.Optional(stepsSchema('How to sign in: done first, before a look too, and taken for no change.')),
    done_when: Type.Optional(
      looksSchema('Looks that hold once the work is done. Nothing is clicked while they do. An `expect` waits 5 s.'),
    ),
    settle: Type.Optional(
      Type.Number({
        minimum: 0,
        default: defaultSettleSeconds,
        description: 'Seconds that `done_when` may take to show that the work was done.',
      }),
    ),
    timeout: Type.Optional(duration('Time for one step.', defaultTimeout)),
    screenshots: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Directory on this machine for pictures: of `screenshot` and of a failure.',
      }),
    ),
    from: Type.Optional(
      Type.Union(
        (['controller', 'host'] as const).map((each) => Type.Literal(each)),
        {
          default: 'controller',
          description:
            'How the browser, which runs on this machine, reaches the page: directly, or through the connection to the host. Through the host it reaches only the addresses that the task names.',
        },
      ),
    ),
    validate_certs: Type.Optional(
      Type.Boolean({ default: true, description: 'False takes any certificate: then anybody between can read along.' }),
    ),
    ca_path: Type.Optional(
      filePlace(
        'PEM file beside the playbook: certificates whose keys to trust, the self-signed one of the page or its authority.',
      ),
    ),
    executable: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Path of Chromium or Chrome on this machine; PLAYBOOK_CHROMIUM or the usual places when left out.',
      }),
    ),
    headless: Type.Optional(
      Type.Boolean({ default: true, description: 'False shows the browser, where there is a display.' }),
    ),
    viewport: Type.Optional(
      Type.Object(
        {
          width: Type.Integer({ minimum: 200, maximum: 8000, description: 'Pixels.' }),
          height: Type.Integer({ minimum: 200, maximum: 8000, description: 'Pixels.' }),
        },
        { additionalProperties: false, description: 'Size of the window (1280 by 720).' },
      ),
    ),
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;
/** `seen` says what the look missed. */
type State = { readonly done: boolean; readonly seen: string | null };

function stepsOf({ login = [], steps, done_when = [] }: Args): readonly Step[] {
  return [...login, ...steps, ...done_when];
}

function mistake(task: Args): string | undefined {
  const pictures = stepsOf(task).some((each) => each.screenshot !== undefined);
  if (pictures && task.screenshots === undefined)
    return '`screenshot` needs `screenshots`, the directory of the pictures';
  const addresses = stepsOf(task).flatMap(({ open }) => (open === undefined ? [] : [open]));
  const wrong = urlMistake(task.url) ?? authorityMistake(task.ca_path);
  if (wrong !== undefined) return wrong;
  return addresses
    .map((each) => urlMistake(URL.canParse(each, task.url) ? new URL(each, task.url).href : each))
    .find(Boolean);
}

/** The addresses that the task names. */
function addressesOf(task: Args): ReadonlySet<string> {
  const opened = stepsOf(task).flatMap(({ open }) => (open === undefined ? [] : [open]));
  return new Set([task.url, ...opened].map((each) => new URL(each, task.url).hostname.replaceAll(/^\[|\]$/g, '')));
}

async function inspect(task: Args, eyes: Eyes): Promise<State> {
  if (mistake(task) !== undefined) return { done: false, seen: null };
  if (task.done_when === undefined) {
    // What is missing on this machine shows before anything is done anywhere, and in a check.
    findChromium(task.executable);
    await loadPlaywright();
    return { done: false, seen: null };
  }
  await using work = await workOf(task, eyes, undefined);
  const seen = await work.performer.lacks(
    task.done_when.map((each) =>
      each.expect === undefined ? each : { expect: { timeout: lookSeconds, ...each.expect } },
    ),
  );
  return { done: seen === undefined, seen: seen ?? null };
}

/** A page that is open and signed in. */
async function workOf(task: Args, eyes: Eyes, hands: Hands | undefined) {
  const open = await openPage(task, addressesOf(task), eyes);
  try {
    const performer = new Performer({
      open,
      url: task.url,
      stepMs: durationMs(task.timeout ?? defaultTimeout),
      host: eyes.host,
      screenshots: hands === undefined ? undefined : task.screenshots,
      goOn: async () => hands?.sleep(0),
    });
    await performer.start();
    await performer.perform(task.login ?? [], 'login');
    return { performer, [Symbol.asyncDispose]: () => open[Symbol.asyncDispose]() };
  } catch (error) {
    await open[Symbol.asyncDispose]();
    throw error;
  }
}

function want(task: Args, found: State): Partial<State> | Refusal {
  const wrong = mistake(task);
  if (wrong !== undefined) return refuse(wrong);
  return found.done ? {} : { done: true, seen: null };
}

async function apply(_change: Change<State>, hands: Hands, task: Args): Promise<Told> {
  await using work = await workOf(task, hands, hands);
  await work.performer.perform(task.steps, 'step');
  const { url, title, messages } = await work.performer.told();
  return { page_url: url, page_title: title, messages, screenshots: [...work.performer.pictures] };
}

/** The module `browser`. */
export const browser = defineModule<Args, State>({
  name: 'browser',
  summary: 'Do in a web page what a person would click',
  description:
    'Drives a Chromium of this machine, with a profile of its own that is thrown away. Every step has `timeout` to find what it names, and a name that is there twice is refused. A failure says which step, and what the page showed. The steps are done at most once: what fails after the first click is in doubt. With `done_when` they are done only when there is work to do, and the look proves that it was done; without it, a check can only list them. Needs the package `playwright-core`.',
  args,
  state: Type.Object({
    done: Type.Boolean(),
    seen: orNull(Type.String()),
    page_url: Type.String(),
    page_title: Type.String(),
    messages: Type.Array(Type.String()),
    screenshots: Type.Array(Type.String()),
  }),
  examples: [
    `- name: Initialize Slony in the Service Center
  browser:
    url: https://{{ ssh_host }}/service
    from: host
    validate_certs: false
    login:
      - fill: { label: User name, value: admin }
      - fill: { label: Password, value: "{{ service_center_password }}" }
      - click: { role: button, name: Log in }
    steps:
      - click: { role: link, name: Appliances }
      - click: { role: link, name: Maintenance }
      - click: { role: link, name: Slony Operations }
      - select: { label: Organization ID, option: "1000" }
      - check: { label: Fabric }
      - click: { role: button, name: Initialize Slony }
      - click: { role: button, name: Confirm }
      - expect: { text: "done:", timeout: 5min }`,
  ],
  inspect,
  want,
  apply,
  offline: ({ from }) => from !== 'host',
  provable: ({ done_when }) => done_when !== undefined,
  settleMs: ({ done_when, settle = defaultSettleSeconds }) => (done_when === undefined ? 0 : settle * 1000),
  describe: ({ url, steps }) => `would open \`${url}\` and ${steps.map(stepWords).join(', ')}`,
  needs: () => ({ withoutShell: true }),
  brings: () => ({ files: true, data: true, everywhere: true }),
});
