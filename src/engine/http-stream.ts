// The stream that a web request goes over: a connection from here or from the host, with TLS and a certificate that was
// looked at before anything of ours is sent. Every way to fail here comes before the request: it has not happened.
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { cut } from '../core/cut.js';
import { WorldError } from '../core/world-error.js';

/** Dials as the host itself would; rejects with a WorldError. */
export type Dial = (address: string, port: number, timeoutMs: number) => Promise<Duplex>;

/** How to reach a server. */
export interface StreamWay {
  /** Dials from the host; without it the connection is made from here. */
  readonly dial: Dial | undefined;
  readonly timeoutMs: number;
  readonly validateCertificates: boolean;
  readonly authorities: string | undefined;
  /** Aborted when the time is over or the run is stopped. */
  readonly signal: AbortSignal;
  /** What an abort means, in words. */
  tooLate(url: URL): WorldError;
}

/** Opens the stream for a URL. */
export async function openStream(url: URL, way: StreamWay): Promise<Duplex> {
  const address = url.hostname.replaceAll(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const plain =
    way.dial === undefined
      ? await fromHere(address, port, url, way)
      : await fromHost(way.dial, address, port, url, way);
  return url.protocol === 'https:' ? secured(plain, address, url, way) : plain;
}

async function fromHere(host: string, port: number, url: URL, way: StreamWay): Promise<Duplex> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await unlessAborted(once(socket, 'connect'), url, way);
    return socket;
  } catch (cause) {
    socket.destroy();
    if (cause instanceof WorldError) throw cause;
    throw unreached(url, cause);
  }
}

async function fromHost(dial: Dial, host: string, port: number, url: URL, way: StreamWay): Promise<Duplex> {
  const dialling = dial(host, port, way.timeoutMs);
  try {
    const stream = await unlessAborted(dialling, url, way);
    // Whoever uses the stream hears of its end; until then an error must not end the process.
    return stream.on('error', () => undefined);
  } catch (error) {
    void dialling.then(destroy, () => undefined);
    throw error;
  }
}

const reachHints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known here; with `from: host` the host looks it up',
  EAI_AGAIN: 'the name service of this machine does not answer',
  ECONNREFUSED: 'the machine answers and nothing listens there; check the port and that the service runs',
};

function unreached(url: URL, cause: unknown): WorldError {
  const code = codeOf(cause) ?? 'unknown';
  return new WorldError('failed', `cannot reach \`${url.host}\`: ${reasonOf(cause)}`, {
    hint: reachHints[code] ?? 'check the address and the firewalls between; `from: host` asks through the host',
    details: { reason: code },
  });
}

async function secured(plain: Duplex, host: string, url: URL, way: StreamWay): Promise<Duplex> {
  const socket = connectTls({
    socket: plain,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(way.authorities === undefined ? {} : { ca: way.authorities }),
    ALPNProtocols: ['http/1.1'],
    // Judged below, before a byte of the request is sent: only so can the certificate be shown to the operator.
    rejectUnauthorized: false,
  });
  try {
    await unlessAborted(once(socket, 'secureConnect'), url, way);
  } catch (cause) {
    destroy(socket, plain);
    if (cause instanceof WorldError) throw cause;
    throw new WorldError('failed', `no TLS connection to \`${url.host}\`: ${reasonOf(cause)}`, {
      hint: 'is this an https server? check the port',
      details: { reason: codeOf(cause) ?? 'unknown' },
    });
  }
  if (socket.authorized || !way.validateCertificates) return socket;
  const objection = distrusted(url, host, socket);
  destroy(socket, plain);
  throw objection;
}

function destroy(...streams: readonly Duplex[]): void {
  for (const each of streams) each.on('error', () => undefined).destroy();
}

function distrusted(url: URL, host: string, socket: TLSSocket): WorldError {
  const certificate = socket.getPeerCertificate();
  const code = authorizationCode(socket);
  return new WorldError(
    'failed',
    `the certificate of \`${url.host}\` is not trusted: ${certificateWords(code, host, certificate)}`,
    {
      hint: 'compare the fingerprint with that of the server, and give the certificate or its authority as `ca_path`',
      details: {
        reason: code,
        fingerprint_sha256: certificate.fingerprint256,
        subject: nameOf(certificate.subject),
        issuer: nameOf(certificate.issuer),
        valid_from: certificate.valid_from,
        valid_to: certificate.valid_to,
      },
    },
  );
}

/** The code of an objection; Node's types say an Error, and what is there is most often the code itself. */
function authorizationCode(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError;
  return typeof error === 'string' ? error : (codeOf(error) ?? 'unknown');
}

function certificateWords(
  code: string,
  host: string,
  { valid_from, valid_to, ...certificate }: PeerCertificate,
): string {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is self-signed';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'its authority is not known here';
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `its issuer \`${nameOf(certificate.issuer)}\` is not known here`;
    case 'CERT_HAS_EXPIRED':
      return `it expired on ${valid_to}`;
    case 'CERT_NOT_YET_VALID':
      return `it is valid only from ${valid_from}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `it is for \`${certificate.subjectaltname ?? nameOf(certificate.subject)}\`, not for \`${host}\``;
    default:
      return code;
  }
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  return [name?.CN ?? name?.O ?? 'nobody'].flat().join(', ');
}

/** The code of a system error. Of a name with several addresses, the errors come together under one code. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Why, in words that fit into a line. */
export function reasonOf(error: unknown): string {
  const text =
    error instanceof Error && error.message !== '' ? error.message : (codeOf(error) ?? 'no reason was given');
  return cut(text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim(), 300);
}

/** The promise, or the WorldError of an abort, whichever comes first. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  url: URL,
  way: Pick<StreamWay, 'signal' | 'tooLate'>,
): Promise<T> {
  const { signal } = way;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(way.tooLate(url));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function once(stream: Duplex, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once(event, resolve);
    stream.on('error', reject);
    stream.once('close', () => reject(new Error('the other side closed the connection')));
  });
}
