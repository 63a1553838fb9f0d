// The vendor's REST calls of the same operations, as its reference for 9.0.0 has them (dt-rest/v100, maintenance manager).
// What that reference does not give is our own: the login call and its token, the numbers of slonyInitOpType, the names
// of dbType, and the words of an answer.
import type { DatabaseName } from '../appliances.js';
import type { ClusterNode } from '../cluster-node.js';
import { LabProblem, problem } from '../problem.js';
import type { SlonyRequest } from '../slony-backend.js';
import { json, type Asked, type Reply } from './http.js';
import { reportText, type OperationName } from './operations.js';
import { isLogin } from './sessions.js';
import type { Center } from './site.js';

const BASE = '/dt-rest/v100';
const DATABASE_TYPES: Readonly<Record<string, DatabaseName>> = { FDB: 'fdb', EDB: 'edb', AVDB: 'avdb' };
const OPERATION_TYPES: readonly OperationName[] = ['initialize', 'reinitialize'];

interface Call {
  readonly method: 'GET' | 'POST';
  readonly isOpen?: boolean;
  readonly answer: (center: Center, asked: Asked) => Reply | Promise<Reply>;
}

const CALLS: Readonly<Record<string, Call>> = {
  '/system/session/login': { method: 'POST', isOpen: true, answer: logIn },
  '/maintenance/manager/initSlony': { method: 'POST', answer: initSlony },
  '/maintenance/manager/retrievemasterslonynode': { method: 'GET', answer: retrieveMaster },
};

/** True for a path of the REST interface. */
export function isRestPath(path: string): boolean {
  return path.startsWith(`${BASE}/`);
}

/** Answers a REST call. */
export async function answerRest(center: Center, asked: Asked): Promise<Reply> {
  const call = CALLS[asked.path.slice(BASE.length)];
  if (call === undefined) return trouble(404, `no call \`${asked.path}\``);
  if (asked.method !== call.method) {
    return json(405, { message: `\`${asked.path}\` takes ${call.method}` }, { allow: call.method });
  }
  if (call.isOpen !== true && !isAuthorized(center, asked)) {
    return json(401, { message: 'log in' }, { 'www-authenticate': 'Basic realm="Service Center", charset="UTF-8"' });
  }
  try {
    return await call.answer(center, asked);
  } catch (thrown) {
    if (!(thrown instanceof LabProblem)) throw thrown;
    return trouble(thrown.diagnostic.code === 'lab/bad-request' ? 400 : 409, thrown.message);
  }
}

function trouble(status: number, message: string): Reply {
  return json(status, { message });
}

function isAuthorized(center: Center, { headers }: Asked): boolean {
  const [scheme, credentials = ''] = headers.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() === 'bearer') return center.sessions.find(credentials)?.user !== undefined;
  if (scheme?.toLowerCase() !== 'basic') return false;
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  return isLogin(user, password);
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object. A form cannot pass for one: browsers ask before they send this type to another site. */
function fields({ headers, body }: Asked): Fields {
  if (headers['content-type']?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw problem('lab/bad-request', 'the body must be `application/json`');
  }
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem('lab/bad-request', 'the body must be a JSON object');
  }
  return { ...value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw problem('lab/bad-request', 'the body is no JSON');
  }
}

function logIn(center: Center, asked: Asked): Reply {
  const { username, password } = fields(asked);
  if (typeof username !== 'string' || typeof password !== 'string' || !isLogin(username, password)) {
    return json(401, { message: 'the user name or the password is wrong' }, { 'www-authenticate': 'Bearer' });
  }
  return json(200, { token: center.sessions.begin(username).id });
}

function placeOf(center: Center, orgId: unknown, dbType: unknown): SlonyRequest {
  const database = typeof dbType === 'string' ? DATABASE_TYPES[dbType] : undefined;
  if (database === undefined) {
    throw problem('lab/bad-request', '`dbType` must be `FDB`, `EDB` or `AVDB`');
  }
  if (typeof orgId !== 'number' || !center.backend.hasOrganization(orgId)) {
    throw problem('lab/bad-request', '`orgId` must be the number of an organization');
  }
  return { organization: orgId, database };
}

/** `dataCenterId` and `elementId` are taken and not looked at: there is one data centre, and one element in it. */
async function initSlony(center: Center, asked: Asked): Promise<Reply> {
  const { slonyInitOpType, orgId, dbType, desiredMasterIpForReinit: master } = fields(asked);
  const name = typeof slonyInitOpType === 'number' ? OPERATION_TYPES[slonyInitOpType] : undefined;
  if (name === undefined) {
    throw problem('lab/bad-request', '`slonyInitOpType` must be 0 (initialize) or 1 (reinitialize)');
  }
  const place = placeOf(center, orgId, dbType);
  const state = await center.operations.run(name, { ...place, ...wantedMaster(master) });
  if (state.kind === 'done') return json(200, { message: reportText(state.report) });
  return trouble(409, state.kind === 'failed' ? state.message : state.kind);
}

function wantedMaster(address: unknown): { readonly master?: string } {
  if (address === undefined || address === null || address === '') return {};
  if (typeof address === 'string') return { master: address };
  throw problem('lab/bad-request', '`desiredMasterIpForReinit` must be an address');
}

async function retrieveMaster(center: Center, { query }: Asked): Promise<Reply> {
  const { organization, database } = placeOf(center, Number(query.get('orgId')), query.get('dbType'));
  const origins = (await center.backend.clusters()).filter(
    (each) => each.organization === organization && each.database === database && each.role === 'origin',
  );
  if (origins.length > 1) {
    return trouble(409, `${origins.map((each) => `\`${each.host}\``).join(' and ')} are both master`);
  }
  return masterReply(origins[0]);
}

function masterReply(origin: ClusterNode | undefined): Reply {
  if (origin?.node === undefined) return trouble(404, 'there is no master');
  const { id, comment, active } = origin.node;
  return json(200, { comment, id, active });
}
