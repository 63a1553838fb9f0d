// The Service Center of the real lab: the web application of the embedded one, over appliances that it reaches by the
// network only, with slonik behind its buttons.
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { appliance } from '../../src/lab/appliances.js';
import type { DataCenter, Member } from '../../src/lab/data-center.js';
import { messageOf, problem } from '../../src/lab/problem.js';
import { propertyList } from '../../src/lab/sandbox-facts.js';
import { startServiceCenter as start, type ServiceCenter } from '../../src/lab/service-center/server.js';
import { slonyBackend } from '../../src/lab/slony-backend.js';
import { hostRoot } from './lab/database.js';
import type { LabHost, RealLab } from './real-lab.js';

/** Starts the Service Center of a lab, in this process and on 127.0.0.1. Its `url` is the page of the two buttons. */
export async function startServiceCenter(lab: RealLab): Promise<ServiceCenter> {
  await aServiceAnswers(lab);
  return start({ backend: slonyBackend(dataCenter(lab)) });
}

/** A host of the lab is up a moment before its dtService answers, which serves this page on a real appliance. */
async function aServiceAnswers(lab: RealLab): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(50)) {
    const answers = await Promise.all(lab.hosts.map((host) => listens(appliance(host).address, SERVICE_PORT)));
    if (answers.includes(true)) return;
  }
  throw new Error('no dtService of the lab answers within 30 s');
}

const LOGIN = { user: 'admin', password: 'desktone-db' };
const NETWORK_TIMEOUT_MS = 2_000;
const SERVICE_PORT = 8443;

function dataCenter(lab: RealLab): DataCenter {
  return {
    members: lab.hosts.map((host) => appliance(host)),
    async fabricAddresses(member) {
      if (!(await listens(member.address, SERVICE_PORT))) return undefined;
      return propertyList(hostRoot(member.host), 'fdb', 'fdb.db.hosts');
    },
    async open(member, database) {
      const place = { host: member.address, database, connectionTimeoutMillis: NETWORK_TIMEOUT_MS };
      const client = new Client({ ...place, ...LOGIN, query_timeout: 60_000 });
      // A connection that breaks is told by the query that needed it.
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    async slonik({ database, origin, subscriber }) {
      const names = subscriber === undefined ? [] : [nameOf(lab, subscriber)];
      await lab.initSlony(database, nameOf(lab, origin), ...names).catch((thrown: unknown) => {
        throw problem('lab/slonik', wordsOf(thrown));
      });
    },
  };
}

function nameOf(lab: RealLab, member: Member): LabHost {
  const found = lab.hosts.find((host) => host === member.host);
  if (found === undefined) throw problem('lab/unknown-host', `the lab has no host \`${member.host}\``);
  return found;
}

/** What slonik said. It may repeat the connection string, which holds the password. */
function wordsOf(thrown: unknown): string {
  const [, code = '', words = ''] = /^lab .*?: exit code (\d+): (.*)$/s.exec(messageOf(thrown)) ?? [];
  if (code === '124') return `slonik did not end in time: does slon run on both appliances? ${words}`.trim();
  return (words === '' ? messageOf(thrown) : words).replaceAll(LOGIN.password, '***');
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(NETWORK_TIMEOUT_MS, () => end(false));
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}
