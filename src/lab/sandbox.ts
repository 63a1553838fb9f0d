// The directory that stands for an appliance's root file system: the vendor's tree under usr/local, init scripts, and a
// bin directory of shims that comes first on the PATH of every command that an ssh client runs.
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programRoot } from '../core/program-root.js';
import { shellWord } from '../core/quote.js';
import {
  appliance,
  DATABASE_LOGIN,
  LOGIN,
  pairAddresses,
  SERVICES,
  type Appliance,
  type HostName,
} from './appliances.js';
import { problem } from './problem.js';
import { processTable } from './process-table.js';
import { LAB_MARK } from './processes.js';
import { desktoneHome, propertiesFile, xmpmsHome } from './sandbox-facts.js';
import { KILLALL, LIBRARY, PGREP, PKILL } from './shims-process.js';
import {
  AV_SETUP,
  ID,
  initScript,
  REFUSED,
  SERVICE,
  startSlonScript,
  SUDO,
  SYSTEMCTL,
  WHOAMI,
} from './shims-system.js';
import type { SlonConfiguration } from './slon.js';

/** What a sandbox must know of its surroundings. */
export interface SandboxPlace {
  readonly host: HostName;
  /** The lab's directory. */
  readonly directory: string;
  readonly root: string;
  readonly socketDirectory: string;
  readonly postgresPort: number;
  /** `ADDRESS PORT` of every appliance's database. */
  readonly addresses: readonly string[];
}

const MACHINE_WIDE = [
  'reboot',
  'shutdown',
  'poweroff',
  'halt',
  'init',
  'telinit',
  'initctl',
  'rc-service',
  'launchctl',
];

/** The file of one of this room's programs, as JavaScript. */
export function programFile(name: string): string {
  const file = fileURLToPath(new URL(`dist/lab/${name}.js`, programRoot));
  if (!existsSync(file)) throw problem('lab/not-built', `\`${file}\` is missing`, 'run `npm run build`');
  return file;
}

function preamble(place: SandboxPlace): string {
  const variables: Readonly<Record<string, string>> = {
    LAB_ROOT: place.root,
    LAB_DIRECTORY: place.directory,
    LAB_MARK_NAME: LAB_MARK,
    LAB_PASSWORD: LOGIN.password,
    LAB_NODE: process.execPath,
    LAB_LAUNCHER: programFile('launch'),
    LAB_SLON: programFile('slon'),
    LAB_PROBE: programFile('probe'),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`);
  return ['#!/bin/sh', ...lines, ': "${LAB_USER:=' + LOGIN.user + '}"', LIBRARY].join('\n');
}

function writeFile(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function writePrograms(place: SandboxPlace): void {
  const head = preamble(place);
  const shims: Readonly<Record<string, string>> = {
    sudo: SUDO,
    service: SERVICE,
    systemctl: SYSTEMCTL,
    pgrep: PGREP,
    pkill: PKILL,
    killall: KILLALL,
    id: ID,
    whoami: WHOAMI,
    hostname: `echo ${place.host}\n`,
    ...Object.fromEntries(MACHINE_WIDE.map((name) => [name, REFUSED])),
  };
  for (const [name, text] of Object.entries(shims)) writeFile(join(place.root, 'bin', name), head + text, 0o755);
  for (const name of SERVICES) writeFile(join(place.root, 'etc', 'init.d', name), head + initScript(name), 0o755);
  const scripts = join(desktoneHome(place.root), 'scripts');
  const { address, databases } = appliance(place.host);
  for (const database of databases) {
    const conninfo = `dbname=${database} host=${address} user=${DATABASE_LOGIN.user} password=${DATABASE_LOGIN.password}`;
    writeFile(join(scripts, `start_slon_${database}.sh`), head + startSlonScript(database, conninfo), 0o755);
  }
  writeFile(join(scripts, 'av-setup'), head + AV_SETUP, 0o755);
}

/** The text of `DATABASE.properties`; the monitor's address begins with the primary's and must survive its removal. */
function propertiesText(facts: Appliance, database: string): string {
  const [primary, secondary] = pairAddresses(facts);
  return [
    `# ${database} connection`,
    `# first host: the primary (was ${primary} when this appliance was set up)`,
    `${database}.db.hosts=${primary},${secondary}`,
    `${database}.db.port=5432`,
    `${database}.db.user=${DATABASE_LOGIN.user}`,
    '',
    '! hosts that may ask for statistics',
    `${database}.monitor.hosts = ${primary}0, ${secondary}`,
    '',
  ].join('\n');
}

function writeConfiguration(place: SandboxPlace): void {
  const facts = appliance(place.host);
  const [primary] = pairAddresses(facts);
  for (const database of facts.databases) {
    writeFile(propertiesFile(place.root, database), propertiesText(facts, database));
  }
  if (facts.databases.includes('avdb')) {
    const url = (database: string): string => `jdbc:postgresql://${primary}:5432/${database}?ssl=true`;
    const diagnose = `db.jdbc.url=${url('avdb')}\ndb.fdb.jdbc.url=${url('fdb')}\n`;
    writeFile(join(xmpmsHome(place.root), 'diagnose', 'config', 'application.properties'), diagnose);
  }
  writeFile(join(place.root, 'etc', 'hostname'), `${place.host}\n`);
  writeFile(join(place.root, 'etc', 'lab', 'addresses'), `${place.addresses.join('\n')}\n`);
  const slon: SlonConfiguration = {
    host: place.host,
    socketDirectory: place.socketDirectory,
    port: place.postgresPort,
  };
  writeFile(join(place.root, 'etc', 'lab', 'slon.json'), `${JSON.stringify(slon)}\n`);
  const login = `*:*:*:${DATABASE_LOGIN.user}:${DATABASE_LOGIN.password}\n`;
  writeFile(join(place.root, 'etc', 'lab', 'pgpass'), login, 0o600);
}

/** Builds a sandbox. */
export function createSandbox(place: SandboxPlace): void {
  const directories = ['run', 'var/log', 'var/tmp', 'tmp', 'root', `home/${LOGIN.user}`, 'usr/local/desktone/backup'];
  for (const each of directories) mkdirSync(join(place.root, each), { recursive: true });
  mkdirSync(processTable(place.root), { recursive: true });
  symlinkSync(place.socketDirectory, join(place.root, 'run', 'postgresql'));
  writePrograms(place);
  writeConfiguration(place);
}

/** The environment of a command that an ssh client runs: little, as sshd gives, and nothing of the machine's own. */
export function commandEnvironment(place: SandboxPlace): Readonly<Record<string, string>> {
  return {
    PATH: `${join(place.root, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: join(place.root, 'home', LOGIN.user),
    USER: LOGIN.user,
    LOGNAME: LOGIN.user,
    SHELL: '/bin/sh',
    LANG: 'C',
    LAB_USER: LOGIN.user,
    PGHOST: place.socketDirectory,
    PGPORT: String(place.postgresPort),
    PGPASSFILE: join(place.root, 'etc', 'lab', 'pgpass'),
    [LAB_MARK]: place.directory,
  };
}
