// The Service Center as a browser without scripts meets it: cookies are kept, hidden fields go back with the form, and a
// redirect is followed. For tests that need no real browser.
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICE_CENTER_LOGIN } from '../../src/lab/index.js';

/** A page that came. */
export interface Page {
  readonly status: number;
  readonly path: string;
  /** Without the spaces beside tags. */
  readonly html: string;
}

/** Fields of a form. */
export type Fields = Readonly<Record<string, string>>;

interface Sent {
  readonly method: string;
  readonly body?: URLSearchParams;
  readonly headers?: Fields;
}

/** A visitor with a cookie jar of its own. */
export class Visitor {
  readonly #url: string;
  readonly cookies = new Map<string, string>();
  /** The last `set-cookie` as it came. */
  lastSetCookie = '';

  /** `url` is any page of the Service Center. */
  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string): Promise<Page> {
    return this.#ask(path, { method: 'GET' });
  }

  /** Posts fields as a form; without `csrf` among them, as one of another site. */
  async post(path: string, fields: Fields, headers: Fields = {}): Promise<Page> {
    return this.#ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  /** Posts the form of a page that has this action, with its hidden fields. */
  async submit(page: Page, action: string, fields: Fields): Promise<Page> {
    return this.post(action, { ...hiddenFields(page.html, action), ...fields });
  }

  async logIn(login: { readonly user: string; readonly password: string } = SERVICE_CENTER_LOGIN): Promise<Page> {
    const page = await this.get('/login');
    return this.submit(page, '/login', { username: login.user, password: login.password });
  }

  /** Goes through the form and the confirmation; the page that came then. */
  async press(operation: string, organization: string, database: string): Promise<Page> {
    const form = await this.get(SLONY_OPERATIONS);
    const choice = { organization, database, operation };
    const question = await this.submit(form, `${SLONY_OPERATIONS}/confirm`, choice);
    return question.status === 200 ? this.submit(question, SLONY_OPERATIONS, {}) : question;
  }

  /** What a page says of its operation at the end. */
  async outcome(page: Page, timeoutMs = 150_000): Promise<string> {
    let now = page;
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await delay(100)) {
      const text = operationText(now.html);
      if (text === undefined || !text.startsWith('running:')) return text ?? `no operation: ${messageText(now.html)}`;
      now = await this.get(page.path);
    }
    return 'still running';
  }

  async #ask(path: string, init: Sent): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, ...(cookie === '' ? {} : { cookie }) };
    const response = await fetch(new URL(path, this.#url), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    if (response.status === 303 && location !== null) return this.get(location);
    return { status: response.status, path, html: withoutSpaces(await response.text()) };
  }

  #keep(line: string): void {
    this.lastSetCookie = line;
    const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
    this.cookies.set(name, value);
  }
}

/** The page of the two buttons. */
export const SLONY_OPERATIONS = '/appliances/maintenance/slony-operations';

/** The hidden fields of the form with this action. */
export function hiddenFields(html: string, action: string): Fields {
  const form = html.split('<form ').find((each) => each.includes(`action="${action}"`)) ?? '';
  const fields = form.split('</form>')[0]?.matchAll(/<input type="hidden" name="(.*?)" value="(.*?)"/g) ?? [];
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, unescape(value)]));
}

/** What a page says of its operation. */
export function operationText(html: string): string | undefined {
  const text = /<p role="\w+" id="operation".*?>(.*?)<\/p>/s.exec(html)?.[1];
  return text === undefined ? undefined : unescape(text);
}

/** A page's sentence of success or trouble. */
export function messageText(html: string): string | undefined {
  const text = /<p role="\w+" id="message">(.*?)<\/p>/s.exec(html)?.[1];
  return text === undefined ? undefined : unescape(text);
}

/** The cells of the row of one database of one appliance in the table of clusters. */
export function clusterCells(html: string, row: string): readonly string[] {
  const text = html.split('<tr ').find((each) => each.startsWith(`id="cluster-${row}"`)) ?? '';
  return [...text.matchAll(/<t[dh].*?>(.*?)<\/t[dh]>/g)].map((match) => unescape(match[1] ?? ''));
}

function withoutSpaces(html: string): string {
  return html.replaceAll(/\s+/g, ' ').replaceAll(/ (?=<)|(?<=>) | (?=\/?>)/g, '');
}

function unescape(text: string): string {
  const entities: Fields = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replaceAll(/&(lt|gt|quot|#39|amp);/g, (whole, name: string) => entities[name] ?? whole);
}
