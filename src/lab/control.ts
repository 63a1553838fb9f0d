// How a later command reaches the lab's daemon: a tiny HTTP server on a unix socket that only the lab's user can enter.
import { createServer, request, type Server } from 'node:http';
import type { Lab } from './lab.js';
import { messageOf, problem } from './problem.js';

/** What can be asked of a daemon: cut or heal a host, or (with no host) name the hosts that are cut. */
export type ControlVerb = 'cut' | 'heal' | 'cut-hosts';

const ROUTE = /^\/(cut|heal|cut-hosts)\/([\w-]*)$/;

async function act(lab: Lab, verb: string, host: string): Promise<void> {
  if (verb === 'cut') await lab.cut(host);
  if (verb === 'heal') await lab.heal(host);
}

/** Serves a lab's control socket. */
export async function serveControl(lab: Lab): Promise<Server> {
  const server = createServer((incoming, response) => {
    const [, verb, host] = ROUTE.exec(incoming.url ?? '') ?? [];
    if (verb === undefined || host === undefined) return void response.writeHead(404).end('no such request');
    act(lab, verb, host).then(
      () => response.writeHead(200).end(JSON.stringify(lab.cutHosts())),
      (thrown: unknown) => response.writeHead(409).end(messageOf(thrown)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(lab.state.controlSocket, resolve);
  });
  return server;
}

/** Asks a daemon; answers the names of the hosts that are cut off afterwards. */
export async function askControl(socketPath: string, verb: ControlVerb, host = ''): Promise<readonly string[]> {
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const outgoing = request({ socketPath, path: `/${verb}/${host}`, method: 'POST', timeout: 5000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
    outgoing.on('error', (reason) =>
      reject(problem('lab/no-answer', `the lab's daemon does not answer: ${reason.message}`)),
    );
    outgoing.end();
  });
  if (status !== 200) throw problem('lab/refused', body);
  // The daemon's own answer, see above.
  return JSON.parse(body) as readonly string[];
}
