// Starting a whole lab in this process: the tests use it as it is, the daemon behind `playbook lab up` too.
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { appliance, isHostName, type HostName } from './appliances.js';
import { makeKeys, planAppliances, prepareFarm, prepareGround, writeKnownHosts, type Ground } from './ground.js';
import { embeddedDataCenter, initializeSlony } from './initialize-slony.js';
import { writeOverlay } from './inventory.js';
import { freePorts, letGo } from './ports.js';
import { problem } from './problem.js';
import { identify } from './processes.js';
import { RunningAppliance } from './running-appliance.js';
import { programFile } from './sandbox.js';
import { serviceCenterUrl, startServiceCenter, type ServiceCenter } from './service-center/server.js';
import { slonyBackend } from './slony-backend.js';
import { withSession } from './sql.js';
import { writeState, type ApplianceState, type LabState } from './state.js';
import { tearDown } from './tear-down.js';

/** What may be chosen about a lab. */
export interface LabOptions {
  /** Inventory names; the service provider pair unless said otherwise. */
  readonly hosts?: readonly string[];
  /** True in a process that may be ended to end the lab. */
  readonly detached?: boolean;
}

/** A lab that runs in this process. */
export interface Lab {
  readonly state: LabState;
  /** Pulls the network cable of an appliance. */
  cut(host: string): Promise<void>;
  /** Plugs it in again. */
  heal(host: string): Promise<void>;
  /** Stops the PostgreSQL of an appliance; ssh goes on. */
  stopDatabase(host: string): Promise<void>;
  /** Starts it again. */
  startDatabase(host: string): Promise<void>;
  /** The appliances that are cut off. */
  cutHosts(): readonly HostName[];
  /** Ends everything and removes every file. */
  stop(): Promise<void>;
}

const DEFAULT_HOSTS = ['spa', 'spb'];

function checkedHosts(names: readonly string[]): readonly HostName[] {
  const unknown = names.filter((name) => !isHostName(name));
  if (unknown.length > 0) {
    const list = unknown.map((name) => `\`${name}\``).join(', ');
    throw problem('lab/unknown-host', `the lab has no host ${list}`, 'its hosts are `spa`, `spb`, `taa`, `tab`');
  }
  return [...new Set(names.filter(isHostName))];
}

function primaries(state: LabState): readonly ApplianceState[] {
  return state.appliances.filter((each) => appliance(each.host).primary);
}

/** Every pair that is complete, or has at least its primary, begins with its primary as origin. */
async function initializePairs(state: LabState): Promise<void> {
  const requests = primaries(state).flatMap(({ host, organization, databases }) =>
    databases.map((database) => ({ org: organization, database, origin: host })),
  );
  await Promise.all(requests.map((request) => initializeSlony(state, request)));
}

const INACTIVE = `select 1 from _slony.sl_subscribe where not sub_active`;

/** Waits until every database of an appliance has its subscribers active. */
export async function untilReplicating(place: ApplianceState, withinMs = 20_000): Promise<void> {
  for (const database of place.databases) {
    const address = { host: place.socketDirectory, port: place.postgresPort, database };
    await withSession(address, async (client) => {
      for (const deadline = Date.now() + withinMs; (await client.query(INACTIVE)).rowCount !== 0; await delay(50)) {
        if (Date.now() < deadline) continue;
        throw problem(
          'lab/not-replicating',
          `\`${database}\` of \`${place.host}\` does not replicate`,
          'see slon_*.log',
        );
      }
    });
  }
}

class RunningLab implements Lab {
  readonly #state: LabState;
  readonly #appliances: readonly RunningAppliance[];
  readonly #serviceCenter: ServiceCenter;

  constructor(state: LabState, appliances: readonly RunningAppliance[], serviceCenter: ServiceCenter) {
    this.#state = state;
    this.#appliances = appliances;
    this.#serviceCenter = serviceCenter;
  }

  get state(): LabState {
    return { ...this.#state, appliances: this.#appliances.map((each) => each.state) };
  }

  #appliance(host: string): RunningAppliance {
    const found = this.#appliances.find((each) => each.host === host);
    if (found === undefined) throw problem('lab/unknown-host', `this lab has no host \`${host}\``);
    return found;
  }

  async cut(host: string): Promise<void> {
    await this.#appliance(host).cut();
  }

  async heal(host: string): Promise<void> {
    await this.#appliance(host).heal();
  }

  async stopDatabase(host: string): Promise<void> {
    await this.#appliance(host).stopDatabase();
  }

  async startDatabase(host: string): Promise<void> {
    await this.#appliance(host).startDatabase();
    // Whoever ends the lab from outside must know the new process.
    writeState(this.state);
  }

  cutHosts(): readonly HostName[] {
    return this.#appliances.filter((each) => each.isCut).map((each) => each.host);
  }

  async stop(): Promise<void> {
    await this.#serviceCenter.close();
    await Promise.all(this.#appliances.map((each) => each.close()));
    await tearDown(this.#state.directory);
  }
}

async function start(ground: Ground, hosts: readonly HostName[]): Promise<Lab> {
  const { directory } = ground;
  const farm = await prepareFarm(ground);
  const keys = makeKeys(directory, hosts.length);
  const plans = await planAppliances(ground, hosts, keys);
  const appliances: RunningAppliance[] = [];
  let serviceCenter: ServiceCenter | undefined;
  try {
    await allSettled(plans.map(async (plan) => appliances.push(await RunningAppliance.boot(plan, farm))));
    const [serviceCenterPort = 0] = await freePorts(1);
    const self = identify(process.pid);
    if (self === undefined) throw new Error('this process does not see itself');
    const byName = new Map(appliances.map((each) => [each.host, each.state]));
    const state: LabState = {
      directory,
      socketBase: ground.socketBase,
      startedAt: new Date().toISOString(),
      process: self,
      controlSocket: join(ground.privateDirectory, 'control'),
      serviceCenterUrl: serviceCenterUrl(serviceCenterPort),
      inventoryFile: join(directory, 'hosts.yml'),
      privateKeyFile: keys.privateKeyFile,
      knownHostsFile: join(directory, 'known_hosts'),
      appliances: hosts.flatMap((host) => byName.get(host) ?? []),
    };
    await initializePairs(state);
    await allSettled(appliances.map((each) => each.openForBusiness()));
    const backend = slonyBackend(embeddedDataCenter(state));
    await letGo(serviceCenterPort);
    serviceCenter = await startServiceCenter({ backend, port: serviceCenterPort });
    await allSettled(primaries(state).map((each) => untilReplicating(each)));
    writeKnownHosts(state.knownHostsFile, plans, keys);
    writeOverlay(state);
    writeState(state);
    return new RunningLab(
      state,
      hosts.flatMap((host) => appliances.find((each) => each.host === host) ?? []),
      serviceCenter,
    );
  } catch (thrown) {
    await serviceCenter?.close();
    await Promise.all(appliances.map((each) => each.close()));
    await Promise.all(plans.flatMap(({ sshPort, postgresPort }) => [sshPort, postgresPort].map(letGo)));
    throw thrown;
  }
}

/** Like Promise.all, but waits for all before it throws, so that nothing goes on behind a tear-down. */
async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Starts a lab in this process; resolves when rows flow. Throws LabProblem, and then nothing is left of it. */
export async function startLab(directory: string, options: LabOptions = {}): Promise<Lab> {
  const hosts = checkedHosts(options.hosts ?? DEFAULT_HOSTS);
  programFile('slon');
  const ground = prepareGround(resolve(directory), options.detached ?? false);
  try {
    return await start(ground, hosts);
  } catch (thrown) {
    await tearDown(ground.directory);
    throw thrown;
  }
}
