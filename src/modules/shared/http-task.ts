// What a task says of a web request, as a request; and an answer, as a register has it.
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { cut } from '../../core/cut.js';
import type { HttpAnswer, HttpManner, HttpMessage, HttpMethod } from '../../core/http.js';
import type { ControlFile } from '../../core/place.js';
import { dataOf, isMap, mapOf } from '../../core/value.js';
import type { Value, ValueMap } from '../../core/value.js';
import { durationMs } from './duration.js';
import type { Duration } from './duration.js';
import { decode } from './file-bytes.js';

/** The arguments that say what goes to the server. */
export interface MessageArgs {
  readonly url: string;
  readonly method?: HttpMethod;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Value;
  readonly body_format?: 'json' | 'form-urlencoded' | 'raw';
}

/** The arguments that say how it goes there. */
export interface MannerArgs {
  readonly from?: 'controller' | 'host';
  readonly user?: string;
  readonly password?: string;
  readonly validate_certs?: boolean;
  readonly ca_path?: ControlFile;
  readonly follow_redirects?: 'none' | 'safe' | 'all';
  readonly timeout?: Duration;
}

/** How long a request may take when the task does not say. */
export const defaultTimeout = '30s';

/** The method of a task. */
export function methodOf({ method = 'GET' }: Pick<MessageArgs, 'method'>): HttpMethod {
  return method;
}

/** True when the task only looks. */
export function isLook(args: Pick<MessageArgs, 'method'>): boolean {
  return ['GET', 'HEAD'].includes(methodOf(args));
}

/** What is wrong with these arguments, in words; nothing when they make a request. */
export function messageMistake(args: MessageArgs & MannerArgs): string | undefined {
  const { url, body, user, password } = args;
  if ((user === undefined) !== (password === undefined)) return '`user` and `password` belong together';
  if (body !== undefined && isLook(args)) return `\`${methodOf(args)}\` has no \`body\``;
  if (isMap(body) || Array.isArray(body)) {
    if (args.body_format === 'raw') return '`body_format: raw` takes a text';
    if (args.body_format === 'form-urlencoded' && !isMap(body)) return '`body_format: form-urlencoded` takes a map';
  }
  return urlMistake(url) ?? headerMistake(args.headers) ?? authorityMistake(args.ca_path);
}

/** What is wrong with the address of a page, in words. */
export function urlMistake(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    return `\`${text}\` is not a URL of http or https`;
  return url.username === '' && url.password === ''
    ? undefined
    : 'a URL with a password would show in every message; say `user` and `password`';
}

function headerMistake(headers: MessageArgs['headers'] = {}): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, String(value));
    } catch {
      return `\`${name}\` is not a header, or its value has characters that no header can have`;
    }
  }
  return undefined;
}

/** What is wrong with a file of authorities, in words. */
export function authorityMistake(file: ControlFile | undefined): string | undefined {
  if (file === undefined || pem(file)?.includes('-----BEGIN CERTIFICATE-----') === true) return undefined;
  return `\`${file.path}\` holds no certificate in PEM`;
}

function pem(file: ControlFile | undefined): string | undefined {
  return file === undefined ? undefined : Buffer.from(file.content).toString('latin1');
}

/** The message, of arguments without a mistake. */
export function messageOf(args: MessageArgs): HttpMessage {
  const { url, body } = args;
  const headers = Object.fromEntries(Object.entries(args.headers ?? {}).map(([name, value]) => [name, String(value)]));
  if (body === undefined) return { url, method: methodOf(args), headers };
  const format = args.body_format ?? (typeof body === 'string' ? 'raw' : 'json');
  const types = { json: 'application/json', 'form-urlencoded': 'application/x-www-form-urlencoded', raw: undefined };
  const isSaid = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const type = isSaid ? undefined : types[format];
  return {
    url,
    method: methodOf(args),
    headers: { ...headers, ...(type === undefined ? {} : { 'Content-Type': type }) },
    body: Buffer.from(bodyText(body, format)),
  };
}

// As Ansible has it: a text is taken to be in its format already.
function bodyText(body: Value, format: 'json' | 'form-urlencoded' | 'raw'): string {
  if (typeof body === 'string') return body;
  if (format !== 'form-urlencoded' || !isMap(body)) return JSON.stringify(body);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    const several: readonly Value[] = Array.isArray(value) ? value : [value];
    for (const each of several) form.append(name, typeof each === 'string' ? each : JSON.stringify(each));
  }
  return form.toString();
}

/** How the request goes to its server. */
export function mannerOf(args: MannerArgs): HttpManner {
  const { user, password } = args;
  return {
    from: args.from ?? 'controller',
    credentials: user === undefined || password === undefined ? undefined : { user, password },
    validateCertificates: args.validate_certs ?? true,
    authorities: pem(args.ca_path),
    redirects: args.follow_redirects ?? 'safe',
    timeoutMs: durationMs(args.timeout ?? defaultTimeout),
  };
}

/** The statuses that a task takes for success. */
export function acceptedStatuses(status: number | readonly number[] = 200): readonly number[] {
  return typeof status === 'number' ? [status] : status;
}

/** An answer as a register has it; `withContent` asks for its text. */
export function answerState(answer: HttpAnswer, withContent: boolean): ValueMap {
  const json = jsonOf(answer);
  return mapOf([
    ['status', answer.status],
    ['url', answer.url],
    ['headers', mapOf(Object.entries(answer.headers))],
    ['cookies', answer.cookies],
    ['elapsed', Math.round(answer.elapsedMs) / 1000],
    ...(json === undefined ? [] : [['json', json] as const]),
    ...(withContent ? [['content', decode(answer.body).text] as const] : []),
  ]);
}

/** The data of an answer that says it is JSON, and is. */
export function jsonOf({ headers, body }: HttpAnswer): Value | undefined {
  const type = Object.hasOwn(headers, 'content-type') ? headers['content-type'] : undefined;
  if (!/^[^;]*[/+]json\s*(?:;|$)/i.test(type ?? '')) return undefined;
  try {
    return dataOf(JSON.parse(decode(body).text));
  } catch {
    return undefined;
  }
}

/** A status with its words, as in `404 Not Found`. */
export function statusWords(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}

/** What a failed answer says, short enough for a hint. */
export function said(answer: ValueMap): string {
  const { content, headers } = answer;
  const location = isMap(headers) ? headers['location'] : undefined;
  if (typeof location === 'string') return `it leads to \`${location}\`: see \`follow_redirects\``;
  const text = cut(typeof content === 'string' ? content : '', 10_000)
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (text === '') return 'it said nothing more; look at the log of the server';
  return `it said: ${cut(text, 300)}`;
}
