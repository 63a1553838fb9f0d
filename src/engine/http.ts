// Web requests of a task: redirects and cookies around single exchanges, each over a stream of its own.
// What matters is what a failure means: before the request is sent nothing has happened; after that, a change is in doubt.
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpAnswer, HttpMessage, HttpRequest } from '../core/http.js';
import { mapOf } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { codeOf, openStream, reasonOf, unlessAborted } from './http-stream.js';
import type { Dial, StreamWay } from './http-stream.js';

/** What a request needs of the task that makes it. */
export interface HttpWorld {
  /** Dials from the host. */
  readonly dial: Dial;
  /** Aborted when the operator will not wait any longer. */
  readonly stopping: AbortSignal;
  /** Told every secret before it is sent or handed on. */
  hide(secret: string): void;
}

const mostRedirects = 10;
/** An answer is held in memory, and a page of this size is not meant for a runbook. */
const answerLimitBytes = 16 * 1024 * 1024;
/** Shorter values of cookies are words such as `true`, which must not vanish from every message. */
const shortestSecret = 12;

/** Carries out a request. Rejects with a WorldError and nothing else. */
export async function exchange(request: HttpRequest, world: HttpWorld): Promise<HttpAnswer> {
  const startedMs = performance.now();
  const answer = await new Conversation(request, world).ask(request);
  return { ...answer, elapsedMs: performance.now() - startedMs };
}

function mayChange({ method }: HttpMessage): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

type Answer = Omit<HttpAnswer, 'elapsedMs'>;
interface OneAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Requests to one server and to where it redirects, with the cookies that it gave. */
class Conversation {
  readonly #request: HttpRequest;
  readonly #world: HttpWorld;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  readonly #way: StreamWay;

  constructor(request: HttpRequest, world: HttpWorld) {
    const late = AbortSignal.timeout(Math.ceil(request.timeoutMs));
    this.#request = request;
    this.#world = world;
    this.#origin = urlOf(request.url).origin;
    this.#way = {
      dial: request.from === 'host' ? world.dial : undefined,
      timeoutMs: request.timeoutMs,
      validateCertificates: request.validateCertificates,
      authorities: request.authorities,
      signal: AbortSignal.any([late, world.stopping]),
      tooLate: (url) =>
        world.stopping.aborted
          ? new WorldError('interrupted', `interrupted while asking \`${url.host}\``)
          : new WorldError('failed', `no answer from \`${url.host}\` within ${request.timeoutMs / 1000} s`, {
              hint: 'check the server and the network between, or give it more time with `timeout`',
              details: { reason: 'timeout' },
            }),
    };
  }

  /** Asks, and follows redirects as far as the request allows. */
  async ask(message: HttpMessage): Promise<Answer> {
    let next = message;
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await this.#hop(message, next);
      const onward = this.#redirect(next, answer);
      if (onward === undefined) return answer;
      next = onward;
    }
    const kind = mayChange(message) ? 'in-doubt' : 'failed';
    throw new WorldError(kind, `more than ${mostRedirects} redirects from \`${message.url}\``, {
      hint: 'the server leads in a circle; is a sign-in missing?',
    });
  }

  async #hop(first: HttpMessage, next: HttpMessage): Promise<Answer> {
    if (first === next || !mayChange(first)) return this.#one(urlOf(next.url), next, mayChange(next));
    try {
      return await this.#one(urlOf(next.url), next, mayChange(next));
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      // The change itself was answered, so a failure after it must not look as if nothing had happened.
      const { message, hint, details } = error;
      throw new WorldError('in-doubt', `\`${first.method} ${first.url}\` was answered with a redirect: ${message}`, {
        details,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }

  #redirect(message: HttpMessage, { status, headers, url }: Answer): HttpMessage | undefined {
    const { redirects } = this.#request;
    const location = headers['location'];
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
    if (redirects === 'none' || (redirects === 'safe' && mayChange(message))) return undefined;
    const target = urlOf(location, url);
    const kept = status === 307 || status === 308 || !mayChange(message);
    const sameServer = target.origin === urlOf(url).origin;
    const dropped = new Set([
      ...(sameServer ? [] : ['authorization', 'cookie', 'proxy-authorization']),
      ...(kept ? [] : ['content-type', 'content-length']),
    ]);
    return {
      url: target.href,
      method: kept ? message.method : 'GET',
      headers: Object.fromEntries(Object.entries(message.headers).filter(([name]) => !dropped.has(name.toLowerCase()))),
      body: kept ? message.body : undefined,
    };
  }

  async #one(url: URL, message: HttpMessage, inDoubt: boolean): Promise<Answer> {
    const own = url.origin === this.#origin;
    const headers = { ...message.headers, ...(own ? this.#ownHeaders(message) : {}) };
    const stream = await openStream(url, this.#way);
    const state = { answered: 'nothing' as string };
    try {
      const answer = await unlessAborted(send(stream, url, { ...message, headers }, state), url, this.#way);
      const given = cookiesOf(answer.setCookies);
      for (const [name, value] of given) this.#keep(own, name, value);
      return { ...answer, cookies: this.#cookieHeader(), url: url.href };
    } catch (cause) {
      throw this.#broken(url, message, inDoubt, state.answered, cause);
    } finally {
      stream.on('error', () => undefined).destroy();
    }
  }

  #broken(url: URL, { method }: HttpMessage, inDoubt: boolean, answered: string, cause: unknown): WorldError {
    const [message, hint, details] =
      cause instanceof WorldError
        ? [cause.message, cause.hint, cause.details]
        : [
            `\`${url.host}\` did not answer in full: ${reasonOf(cause)}`,
            undefined,
            { reason: codeOf(cause) ?? 'lost' },
          ];
    const kind = inDoubt ? 'in-doubt' : cause instanceof WorldError ? cause.kind : 'failed';
    return new WorldError(
      kind,
      inDoubt ? `\`${method} ${url.href}\` was sent, and its answer was lost: ${message}` : message,
      {
        hint: inDoubt ? 'look at the server: it may have done it' : (hint ?? 'look at the log of the server'),
        details: { ...details, answered },
        cause,
      },
    );
  }

  /** Credentials and cookies, for the server of the request alone. */
  #ownHeaders({ headers }: HttpMessage): Readonly<Record<string, string>> {
    const { credentials } = this.#request;
    const said = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    const cookies = this.#cookieHeader();
    const basic =
      credentials === undefined
        ? undefined
        : Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    if (basic !== undefined) this.#world.hide(basic);
    return {
      ...(basic === undefined || said.has('authorization') ? {} : { Authorization: `Basic ${basic}` }),
      ...(cookies === '' || said.has('cookie') ? {} : { Cookie: cookies }),
    };
  }

  #keep(own: boolean, name: string, value: string): void {
    if (value.length >= shortestSecret) this.#world.hide(value);
    if (!own) return;
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
    this.#world.hide(this.#cookieHeader());
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** A URL of the web. */
function urlOf(text: string, base?: string): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  const more = base === undefined ? {} : { hint: `\`${base}\` redirects there` };
  throw new WorldError('failed', `\`${text}\` is not a URL of http or https`, more);
}

function cookiesOf(lines: readonly string[]): readonly (readonly [string, string])[] {
  return lines.map((line) => {
    const [, name = '', value = ''] = /^\s*([^=;]*?)\s*=\s*([^;]*?)\s*(?:;|$)/.exec(line) ?? [];
    const isOver = /;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line);
    return [name, isOver ? '' : value] as const;
  });
}

/** Sends one request over a stream, and reads its answer. `state.answered` says how far it came. */
function send(
  stream: Duplex,
  url: URL,
  { method, headers, body }: HttpMessage,
  state: { answered: string },
): Promise<OneAnswer & { readonly setCookies: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const sent = requestHttp({
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        'User-Agent': 'playbook',
        Accept: '*/*',
        'Accept-Encoding': 'identity',
        ...headers,
        ...(body === undefined && method !== 'GET' && method !== 'HEAD' ? { 'Content-Length': '0' } : {}),
        ...(body === undefined ? {} : { 'Content-Length': String(body.byteLength) }),
        Connection: 'close',
      },
      createConnection: () => stream,
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      state.answered = `status ${answer.statusCode ?? 0}`;
      read(answer).then(resolve, reject);
    });
    sent.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<OneAnswer & { readonly setCookies: readonly string[] }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerLimitBytes) throw new Error(`the answer is over ${answerLimitBytes / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  const { 'set-cookie': setCookies = [], ...others } = answer.headers;
  const headers = Object.entries(others).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const);
  return {
    status: answer.statusCode ?? 0,
    headers: mapOf(headers) as Readonly<Record<string, string>>,
    body: Buffer.concat(chunks),
    setCookies,
  };
}
