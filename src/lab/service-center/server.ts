// The Service Center of a lab: a small web application on one port, for the step of a failover that a person does in a
// browser, and for the REST call that may take its place.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LabProblem } from '../problem.js';
import type { SlonyBackend } from '../slony-backend.js';
import { readRequest, send, text, type Asked, type Reply } from './http.js';
import { SLONY_OPERATIONS } from './layout.js';
import { Operations } from './operations.js';
import { answerRest, isRestPath } from './rest.js';
import { Sessions } from './sessions.js';
import { answerBrowser, type Center } from './site.js';

/** A Service Center that runs. */
export interface ServiceCenter {
  /** The page of the two buttons; it asks for a login first. */
  readonly url: string;
  close(): Promise<void>;
}

/** Whose operations a Service Center offers, and where it listens. */
export interface ServiceCenterOptions {
  readonly backend: SlonyBackend;
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** Any free one unless said otherwise. */
  readonly port?: number;
}

/** The page of the Slony operations. */
export function serviceCenterUrl(port: number, host = '127.0.0.1'): string {
  return `http://${host}:${port}${SLONY_OPERATIONS}`;
}

/** Starts a Service Center. */
export async function startServiceCenter(options: ServiceCenterOptions): Promise<ServiceCenter> {
  const { backend, host = '127.0.0.1' } = options;
  const server = createServer();
  const port = await listen(server, host, options.port ?? 0);
  const center: Center = {
    backend,
    operations: new Operations(backend),
    sessions: new Sessions(),
    cookieName: `service_center_${port}`,
  };
  const own = [`${host}:${port}`, `localhost:${port}`];
  server.on('request', (request, response) => void serve(center, own, request, response));
  return {
    url: serviceCenterUrl(port, host),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function serve(
  center: Center,
  own: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const reply = isForeign(request, own) ? text(403, 'forbidden\n') : await answer(center, await readRequest(request));
    send(response, reply);
  } catch (thrown) {
    // The client left, or its request was no request.
    if (response.destroyed) return;
    if (!(thrown instanceof LabProblem)) console.error(thrown);
    send(response, thrown instanceof LabProblem ? text(400, `${thrown.message}\n`) : text(500, 'internal error\n'));
  }
}

function answer(center: Center, asked: Asked): Promise<Reply> {
  return isRestPath(asked.path) ? answerRest(center, asked) : answerBrowser(center, asked);
}

/** Only a page of this very server may send anything: another site open in the operator's browser must not. */
function isForeign({ headers: { host = '', origin } }: IncomingMessage, own: readonly string[]): boolean {
  return !own.includes(host) || (origin !== undefined && !own.some((each) => origin === `http://${each}`));
}
