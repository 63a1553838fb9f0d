// Web requests. GET and HEAD look; any other method is a change that is sent at most once, and only a look of its own
// (`done_when`) can prove that it was done.
import { Type } from '@sinclair/typebox';
import { httpMethods } from '../core/http.js';
import type { HttpAnswer } from '../core/http.js';
import type { Bound, Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { filePlace } from '../core/place.js';
import { isMap } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { duration } from './shared/duration.js';
import { defaultSettleSeconds } from './shared/guards.js';
import {
  acceptedStatuses,
  answerState,
  defaultTimeout,
  isLook,
  jsonOf,
  mannerOf,
  messageMistake,
  messageOf,
  methodOf,
  said,
  statusWords,
  urlMistake,
} from './shared/http-task.js';
import { missingFrom } from './shared/subset.js';

const one = <const T extends string>(values: readonly T[], defaultValue: T, description: string) =>
  Type.Optional(
    Type.Union(
      values.map((each) => Type.Literal(each)),
      { default: defaultValue, description },
    ),
  );

const status = (description: string) =>
  Type.Optional(
    Type.Union(
      [
        Type.Integer({ minimum: 100, maximum: 599 }),
        Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), { minItems: 1 }),
      ],
      { default: 200, description },
    ),
  );

const doneWhen = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'Asked with GET, with the same headers, user and certificates.' }),
    status_code: status('The status, or a list of them, that it must answer.'),
    json: Type.Optional(
      Type.Unsafe<Value>({
        description: 'What its JSON must hold. It may hold more: keys of maps, and items of lists in any order.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A look that holds once the work is done. Nothing is sent while it does.',
  },
);

const args = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'The address, with http or https.' }),
    method: one(httpMethods, 'GET', '`GET` and `HEAD` look; the others change something, and are sent at most once.'),
    headers: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: 'Its value.' }),
        {
          description: 'Headers to send.',
        },
      ),
    ),
    body: Type.Optional(
      Type.Unsafe<Value>({ description: 'What to send: a text as it is, a map or a list in `body_format`.' }),
    ),
    body_format: Type.Optional(
      Type.Union(
        (['json', 'form-urlencoded', 'raw'] as const).map((each) => Type.Literal(each)),
        { description: 'Left out, a text is `raw`, and a map or a list is `json`. Sets Content-Type.' },
      ),
    ),
    status_code: status('The status, or a list of them, that is success.'),
    timeout: Type.Optional(duration('Time for the whole, redirects included.', defaultTimeout)),
    user: Type.Optional(Type.String({ minLength: 1, description: 'User; sent with the first request (Basic).' })),
    password: Type.Optional(Type.String({ description: 'Password of the user. It is hidden in all output.' })),
    validate_certs: Type.Optional(
      Type.Boolean({ default: true, description: 'False takes any certificate: then anybody between can read along.' }),
    ),
    ca_path: Type.Optional(
      filePlace('PEM file beside the playbook: the authorities, or the self-signed certificate, to trust.'),
    ),
    follow_redirects: one(
      ['none', 'safe', 'all'],
      'safe',
      '`safe` follows for GET and HEAD. User, password and cookies go to the server of `url` alone.',
    ),
    return_content: Type.Optional(
      Type.Boolean({ default: false, description: 'Register the text of the answer as `content`.' }),
    ),
    from: one(
      ['controller', 'host'],
      'controller',
      'Who asks: this machine, or the host, through its connection, so that the address need not be reachable from here.',
    ),
    done_when: Type.Optional(doneWhen),
    settle: Type.Optional(
      Type.Number({
        minimum: 0,
        default: defaultSettleSeconds,
        description: 'Seconds that `done_when` may take to show that the work was done.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A look fills `status` and what follows it, a change `done` and `seen` too; what an answer holds is its own affair. */
const registerState = Type.Object({
  done: Type.Boolean(),
  seen: Type.String(),
  status: Type.Integer(),
  url: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
  cookies: Type.String(),
  elapsed: Type.Number(),
  json: Type.Unknown(),
  content: Type.String(),
});

type Args = Bound<typeof args>;

function mistake(task: Args): string | undefined {
  const { done_when: proof } = task;
  if (proof !== undefined && isLook(task))
    return `\`${methodOf(task)}\` only looks, so there is nothing for \`done_when\``;
  return messageMistake(task) ?? (proof === undefined ? undefined : urlMistake(proof.url));
}

async function inspect(task: Args, eyes: Eyes): Promise<ValueMap> {
  if (mistake(task) !== undefined) return {};
  if (!isLook(task)) return proofOf(task, eyes);
  const method = task.method === 'HEAD' ? 'HEAD' : 'GET';
  const answer = await eyes.fetch({ ...messageOf(task), ...mannerOf(task), method, body: undefined });
  return stateOf(task, answer);
}

/** The text of an answer that is not what was wanted is evidence. */
function stateOf(task: Args, answer: HttpAnswer): ValueMap {
  return answerState(answer, task.return_content === true || !accepts(task, answer.status));
}

function accepts(task: Args, found: Value | undefined): boolean {
  return typeof found === 'number' && acceptedStatuses(task.status_code).includes(found);
}

async function proofOf(task: Args, eyes: Eyes): Promise<ValueMap> {
  const { done_when: proof } = task;
  if (proof === undefined) return { done: false };
  const { headers = {} } = task;
  const message = { ...messageOf({ url: proof.url, headers }), method: 'GET', body: undefined } as const;
  const answer = await eyes.fetch({ ...message, ...mannerOf(task) });
  const objection = objectionTo(answer, proof);
  return objection === undefined ? { done: true } : { done: false, seen: objection };
}

function objectionTo(answer: HttpAnswer, { status_code, json }: Bound<typeof doneWhen>): string | undefined {
  if (!acceptedStatuses(status_code).includes(answer.status)) return `it answered ${statusWords(answer.status)}`;
  return json === undefined ? undefined : missingFrom(jsonOf(answer), json);
}

function want(task: Args, found: ValueMap): Partial<ValueMap> | Refusal {
  const wrong = mistake(task);
  if (wrong !== undefined) return refuse(wrong);
  if (!isLook(task)) return found['done'] === true ? {} : { done: true };
  return accepts(task, found['status']) ? {} : refuse(unwanted(task, found), said(found));
}

function unwanted(task: Args, { status: found, url }: ValueMap): string {
  const answered = typeof found === 'number' ? statusWords(found) : 'nothing';
  const wanted = acceptedStatuses(task.status_code).join(' or ');
  const via = typeof url === 'string' && url !== new URL(task.url).href ? ` (led to \`${url}\`)` : '';
  return `\`${methodOf(task)} ${task.url}\` answered ${answered}${via}, and ${wanted} is wanted`;
}

/** A gateway that lost its server cannot say what became of a request. */
const lostBehindGateway = [502, 504];

async function apply(_change: Change<ValueMap>, hands: Hands, task: Args): Promise<Told> {
  const answer = await hands.request({ ...messageOf(task), ...mannerOf(task) });
  const told = stateOf(task, answer);
  if (accepts(task, answer.status)) return told;
  throw new WorldError(lostBehindGateway.includes(answer.status) ? 'in-doubt' : 'failed', unwanted(task, told), {
    hint: said(told),
    details: { status: answer.status },
  });
}

function bodyWords({ body }: Args): string {
  return isMap(body)
    ? ` with ${Object.keys(body)
        .map((each) => `\`${each}\``)
        .join(', ')}`
    : '';
}

/** The module `uri`. */
export const uri = defineModule<Args, ValueMap>({
  name: 'uri',
  summary: 'Ask a web server, from here or through the host',
  description:
    'GET and HEAD look, and what they find is registered: `status`, `json` (when the answer says that it is JSON), `headers`, `url`, `elapsed`, `cookies` (to be sent on as the header `Cookie`), and `content` when asked for. Any other method is a change: it is sent at most once, a lost answer is in doubt, and in a check its outcome is unknown. With `done_when` it is sent only when there is work to do, and the look proves that it was done.',
  args,
  state: registerState,
  shorthand: 'url',
  examples: [
    `- name: Does the Service Center answer
  uri: { url: "https://{{ ssh_host }}/service", status_code: [200, 401], from: host, validate_certs: false }
  register: center
  until: center.status == 200
  retries: 10`,
    `- name: Initialize Slony
  uri:
    url: https://{{ ssh_host }}/dt-rest/v100/maintenance/manager/initSlony
    method: POST
    body: { slonyInitOpType: 0, orgId: 1000, dbType: FDB }
    user: admin
    password: "{{ service_center_password }}"
    from: host
    timeout: 5min
    done_when:
      url: https://{{ ssh_host }}/dt-rest/v100/maintenance/manager/retrievemasterslonynode?orgId=1000&dbType=FDB
      json: { active: true }`,
  ],
  inspect,
  want,
  apply,
  offline: ({ from }) => from !== 'host',
  provable: (task) => isLook(task) || task.done_when !== undefined,
  settleMs: ({ done_when, settle = defaultSettleSeconds }) => (done_when === undefined ? 0 : settle * 1000),
  describe: (task) => `would send \`${methodOf(task)} ${task.url}\`${bodyWords(task)}`,
  needs: () => ({ withoutShell: true }),
  brings: (task) => (task !== undefined && isLook(task) ? {} : { files: true, data: true, everywhere: true }),
});
