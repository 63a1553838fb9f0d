// What goes in and out of the Service Center, as plain values: the pages and the REST calls never see a socket.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../problem.js';
import type { Html } from './html.js';

/** A request whose body has been read. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MAX_BODY_BYTES = 16_384;

// `same-origin` and not `no-referrer`: with that, browsers would send `Origin: null` with our own forms.
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Reads a request to its end; a LabProblem when it is longer than any of ours. */
export async function readRequest(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without an encoding, a stream of HTTP gives Buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw problem('lab/bad-request', 'the request is too long');
    chunks.push(chunk);
  }
  const url = new URL(request.url ?? '/', 'http://service-center');
  const body = Buffer.concat(chunks).toString();
  const { method = 'GET', headers } = request;
  return { method: method === 'HEAD' ? 'GET' : method, path: url.pathname, query: url.searchParams, headers, body };
}

/** Writes a reply. */
export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...HEADERS, ...headers }).end(body);
}

/** A page. */
export function page(status: number, content: Html, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: content.text };
}

/** A file of text. */
export function text(status: number, body: string, type = 'text/plain'): Reply {
  return { status, headers: { 'content-type': `${type}; charset=utf-8` }, body };
}

/** A JSON value. */
export function json(status: number, value: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

/** Sends a browser to another page, to be fetched by GET. */
export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 303, headers: { ...headers, location }, body: '' };
}

/** The value of a cookie. */
export function cookie({ headers }: Asked, name: string): string | undefined {
  const pairs = headers.cookie?.split(';').map((each) => each.trim()) ?? [];
  return pairs.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}
