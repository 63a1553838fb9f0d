// The part of the Service Center that a person sees: login, menu, and the page of the two buttons.
import { isDatabaseName } from '../appliances.js';
import { LabProblem, problem } from '../problem.js';
import type { SlonyBackend, SlonyRequest } from '../slony-backend.js';
import { cookie, page, redirect, text, type Asked, type Reply } from './http.js';
import { MENU, SLONY_OPERATIONS, STYLE } from './layout.js';
import type { Operation, OperationName, Operations } from './operations.js';
import { confirmPage, loginPage, slonyOperationsPage, stationPage, troublePage } from './pages.js';
import { isLogin, isOwnForm, type Session, type Sessions } from './sessions.js';

/** What a Service Center has. */
export interface Center {
  readonly backend: SlonyBackend;
  readonly operations: Operations;
  readonly sessions: Sessions;
  /** Browsers keep the cookies of all ports of a machine in one jar, and there may be several labs. */
  readonly cookieName: string;
}

type Handler = (center: Center, session: Session, asked: Asked) => Reply | Promise<Reply>;

const PAGES: Readonly<Record<string, Handler>> = {
  [`GET ${MENU[0].path}`]: (_center, session) => page(200, stationPage(session, 0)),
  [`GET ${MENU[1].path}`]: (_center, session) => page(200, stationPage(session, 1)),
  [`GET ${SLONY_OPERATIONS}`]: showOperations,
  [`POST ${SLONY_OPERATIONS}/confirm`]: askConfirmation,
  [`POST ${SLONY_OPERATIONS}`]: startOperation,
  'POST /logout': logOut,
};

/** Answers a browser. */
export async function answerBrowser(center: Center, asked: Asked): Promise<Reply> {
  const { method, path } = asked;
  if (method === 'GET' && path === '/service-center.css') return text(200, STYLE, 'text/css');
  if (method === 'GET' && path === '/favicon.ico') return { status: 204, headers: {}, body: '' };
  const session = center.sessions.find(cookie(asked, center.cookieName));
  if (path === '/login') return method === 'POST' ? logIn(center, session, asked) : showLogin(center, asked);
  if (session?.user === undefined) return redirect(loginUrl(path));
  if (path === '/') return redirect(MENU[0].path);
  const handler = PAGES[`${method} ${path}`];
  if (handler === undefined) return page(404, troublePage('There is no such page.', session));
  if (method === 'POST' && !isOwnForm(session, form(asked, 'csrf'))) return page(403, troublePage(FOREIGN, session));
  return handler(center, session, asked);
}

const FOREIGN = 'This form is not of this session. Go back, load the page again, and send it once more.';

function form(asked: Asked, name: string): string {
  return new URLSearchParams(asked.body).get(name) ?? '';
}

/** Only pages of our own: a login must not lead to another site. */
function landing(path: string): string {
  return MENU.find((each) => each.path === path)?.path ?? MENU[0].path;
}

function loginUrl(path: string): string {
  return `/login?next=${encodeURIComponent(landing(path))}`;
}

function setCookie(center: Center, value: string): Readonly<Record<string, string>> {
  return { 'set-cookie': `${center.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict` };
}

function showLogin(center: Center, asked: Asked): Reply {
  const session = center.sessions.begin();
  const next = landing(asked.query.get('next') ?? '');
  return page(200, loginPage(session, next), setCookie(center, session.id));
}

function logIn(center: Center, session: Session | undefined, asked: Asked): Reply {
  const next = landing(form(asked, 'next'));
  if (session === undefined || !isOwnForm(session, form(asked, 'csrf'))) {
    const fresh = center.sessions.begin();
    return page(403, loginPage(fresh, next, 'The login page was too old. Try again.'), setCookie(center, fresh.id));
  }
  const user = form(asked, 'username');
  if (!isLogin(user, form(asked, 'password'))) {
    return page(403, loginPage(session, next, 'The user name or the password is wrong.'));
  }
  center.sessions.end(session.id);
  return redirect(next, setCookie(center, center.sessions.begin(user).id));
}

function logOut(center: Center, session: Session): Reply {
  center.sessions.end(session.id);
  return redirect('/login');
}

async function showOperations(center: Center, session: Session, asked: Asked): Promise<Reply> {
  const wanted = asked.query.get('operation');
  const operation = wanted === null ? center.operations.running() : center.operations.find(Number(wanted));
  return operationsReply(center, session, 200, operation === undefined ? {} : { operation });
}

async function operationsReply(
  center: Center,
  session: Session,
  status: number,
  news: { readonly operation?: Operation; readonly trouble?: string },
): Promise<Reply> {
  const { backend } = center;
  const [organizations, clusters] = await Promise.all([backend.organizations(), backend.clusters()]);
  return page(status, slonyOperationsPage({ session, organizations, clusters, ...news }));
}

interface Choice {
  readonly name: OperationName;
  readonly request: SlonyRequest;
}

function choice(center: Center, asked: Asked): Choice {
  const [name, database] = [form(asked, 'operation'), form(asked, 'database')];
  const organization = Number(form(asked, 'organization'));
  if (name !== 'initialize' && name !== 'reinitialize') throw problem('lab/bad-request', `no operation \`${name}\``);
  if (!isDatabaseName(database)) throw problem('lab/bad-request', `no database \`${database}\``);
  if (!center.backend.hasOrganization(organization)) {
    throw problem('lab/bad-request', `no organization \`${form(asked, 'organization')}\``);
  }
  return { name, request: { organization, database } };
}

/** A LabProblem as a sentence on the page of the two buttons. */
async function orTrouble(center: Center, session: Session, work: () => Reply): Promise<Reply> {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof LabProblem)) throw thrown;
    const status = thrown.diagnostic.code === 'lab/bad-request' ? 400 : 409;
    return operationsReply(center, session, status, { trouble: thrown.message });
  }
}

function askConfirmation(center: Center, session: Session, asked: Asked): Promise<Reply> {
  return orTrouble(center, session, () => {
    const { name, request } = choice(center, asked);
    return page(200, confirmPage(session, name, request));
  });
}

function startOperation(center: Center, session: Session, asked: Asked): Promise<Reply> {
  return orTrouble(center, session, () => {
    const { name, request } = choice(center, asked);
    const { id } = center.operations.start(name, request);
    return redirect(`${SLONY_OPERATIONS}?operation=${id}`);
  });
}
