// Who is logged in. A session begins with the login page, so that even the login form has a token that only our own page
// knows, and gets another name when the password was right.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SERVICE_CENTER_LOGIN } from '../appliances.js';

/** One browser, or one bearer of a token. */
export interface Session {
  readonly id: string;
  /** Stands in every form of this session. */
  readonly csrf: string;
  readonly user?: string;
}

const IDLE_MS = 30 * 60_000;
const MOST = 500;

function same(left: string, right: string): boolean {
  const [first, second] = [left, right].map((each) => createHash('sha256').update(each).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

/** Whether these are the Service Center's user and password. */
export function isLogin(user: string, password: string): boolean {
  return same(user, SERVICE_CENTER_LOGIN.user) && same(password, SERVICE_CENTER_LOGIN.password);
}

/** Whether a form belongs to this session. */
export function isOwnForm(session: Session, csrf: string): boolean {
  return same(session.csrf, csrf);
}

/** The sessions of one Service Center, in memory only. */
export class Sessions {
  readonly #sessions = new Map<string, { readonly session: Session; readonly usedAt: number }>();

  /** Begins a session; without a user it can only log in. */
  begin(user?: string): Session {
    const session = { id: randomToken(), csrf: randomToken(), ...(user === undefined ? {} : { user }) };
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MOST && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(session.id, { session, usedAt: Date.now() });
    return session;
  }

  /** A session by its name; undefined when it has ended. */
  find(id: string | undefined): Session | undefined {
    const found = id === undefined ? undefined : this.#sessions.get(id);
    if (found === undefined) return undefined;
    this.#sessions.delete(found.session.id);
    if (Date.now() - found.usedAt > IDLE_MS) return undefined;
    // Entered anew, so that the oldest in the map is the one that was not used for longest.
    this.#sessions.set(found.session.id, { session: found.session, usedAt: Date.now() });
    return found.session;
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }
}

function randomToken(): string {
  return randomBytes(24).toString('base64url');
}
