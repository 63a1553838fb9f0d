// One appliance from its boot to its end: sandbox, PostgreSQL, services, slons, ssh server, and the two gates that lead in.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ParsedKey } from 'ssh2';
import { appliance, type HostName } from './appliances.js';
import { runAs } from './database-owner.js';
import { Gate } from './gate.js';
import { createCluster, startCluster, type ClusterPlace, type DatabaseFarm } from './postgres.js';
import { livingProcesses } from './process-table.js';
import { endProcess, isAlive, signalGroup } from './processes.js';
import { commandEnvironment, createSandbox, type SandboxPlace } from './sandbox.js';
import { desktoneHome } from './sandbox-facts.js';
import { withSession } from './sql.js';
import { startSshServer, type SshServer } from './ssh-server.js';
import type { ApplianceState } from './state.js';
import { fillDatabase } from './tables.js';

/** What an appliance is built from. */
export interface AppliancePlan extends SandboxPlace {
  readonly sshPort: number;
  /** A directory that only the lab's user can enter. */
  readonly privateDirectory: string;
  readonly hostKey: string;
  readonly clientKey: ParsedKey;
}

const STOP_DATABASE_MS = 10_000;

/** An appliance that runs. */
export class RunningAppliance {
  #state: ApplianceState;
  readonly #farm: DatabaseFarm;
  readonly #plan: AppliancePlan;
  readonly #gates: readonly [ssh: Gate, postgres: Gate];
  readonly #groups = new Set<number>();
  #server: SshServer | undefined;

  private constructor(plan: AppliancePlan, farm: DatabaseFarm, state: ApplianceState) {
    this.#plan = plan;
    this.#farm = farm;
    this.#state = state;
    const socket = join(plan.socketDirectory, `.s.PGSQL.${plan.postgresPort}`);
    this.#gates = [new Gate(plan.sshPort, this.#sshSocket(), 'silent'), new Gate(plan.postgresPort, socket, 'refuse')];
  }

  /** Builds the sandbox, starts PostgreSQL with its tables and rows, and opens the database's gate. */
  static async boot(plan: AppliancePlan, farm: DatabaseFarm): Promise<RunningAppliance> {
    createSandbox(plan);
    const { host, root, sshPort, postgresPort, socketDirectory } = plan;
    const { address, organization, databases } = appliance(host);
    const cluster = clusterPlace(plan);
    await createCluster(farm, cluster);
    const postgres = await startCluster(farm, cluster);
    const place = { host, root, sshPort, postgresPort, socketDirectory };
    const running = new RunningAppliance(plan, farm, { ...place, address, organization, databases, postgres });
    await running.#fillDatabases();
    await running.#gates[1].open();
    return running;
  }

  async #fillDatabases(): Promise<void> {
    const facts = appliance(this.#plan.host);
    const place = { host: this.#plan.socketDirectory, port: this.#plan.postgresPort };
    await withSession({ ...place, database: 'postgres' }, async (client) => {
      for (const database of facts.databases) await client.query(`create database ${database}`);
    });
    for (const database of facts.databases) {
      await withSession({ ...place, database }, (client) => fillDatabase(client, facts, database));
    }
  }

  /** Starts the services and slons as a boot would, then lets ssh in. */
  async openForBusiness(): Promise<void> {
    const { root } = this.#plan;
    const { services, databases } = appliance(this.#plan.host);
    const environment = { ...commandEnvironment(this.#plan), LAB_USER: 'root' };
    const starts: readonly (readonly [string, ...string[]])[] = [
      ...services.map((name) => [join(root, 'etc', 'init.d', name), 'start'] as const),
      ...databases.map((name) => [join(desktoneHome(root), 'scripts', `start_slon_${name}.sh`)] as const),
    ];
    await Promise.all(starts.map((command) => runAs(undefined, command, environment, root)));
    await this.#serveSsh();
  }

  #sshSocket(): string {
    return join(this.#plan.privateDirectory, `${this.#plan.host}.ssh`);
  }

  async #serveSsh(): Promise<void> {
    const home = join(this.#plan.root, 'home', 'desktone');
    mkdirSync(home, { recursive: true });
    this.#server = await startSshServer({
      ...this.#plan,
      listenPath: this.#sshSocket(),
      commands: {
        directory: home,
        environment: commandEnvironment(this.#plan),
        onStart: (group) => this.#groups.add(group),
        onEnd: (group) => {
          if (!hasMembers(group)) this.#groups.delete(group);
        },
      },
    });
    await this.#gates[0].open();
  }

  /** What is known of it now: its database gets a new process with every start. */
  get state(): ApplianceState {
    return this.#state;
  }

  /** The name in the inventory. */
  get host(): HostName {
    return this.#plan.host;
  }

  /** True while the appliance is cut off. */
  get isCut(): boolean {
    return this.#gates.some((gate) => gate.isCut);
  }

  /**
   * Pulls the network cable: ssh keeps silent, the database refuses, everything inside runs on, except slon, which
   * would reach the others by ways of its own. It stands still, and what it had open there stays open.
   */
  async cut(): Promise<void> {
    for (const gate of this.#gates) await gate.cut();
    this.#signalSlons('SIGSTOP');
  }

  /** Plugs the network cable in again. */
  async heal(): Promise<void> {
    this.#signalSlons('SIGCONT');
    for (const gate of this.#gates) await gate.heal();
  }

  #signalSlons(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { name, pid } of livingProcesses(this.#plan.root)) if (name === 'slon') process.kill(pid, signal);
  }

  /** Stops PostgreSQL and nothing else, as an orderly shutdown does; connections to it are refused. */
  async stopDatabase(): Promise<void> {
    await this.#gates[1].shut();
    await endProcess(this.#state.postgres, 'SIGINT', STOP_DATABASE_MS);
  }

  /** Starts PostgreSQL again; does nothing when it runs. */
  async startDatabase(): Promise<void> {
    if (!isAlive(this.#state.postgres)) {
      const postgres = await startCluster(this.#farm, clusterPlace(this.#plan));
      this.#state = { ...this.#state, postgres };
    }
    await this.#gates[1].unshut();
  }

  /** Closes all ways in and ends the commands that clients left running; the rest is the tear-down's. */
  async close(): Promise<void> {
    for (const gate of this.#gates) await gate.close();
    await this.#server?.close();
    for (const group of this.#groups) if (hasMembers(group)) signalGroup(group, 'SIGKILL');
  }
}

function clusterPlace({ host, root, socketDirectory, postgresPort }: AppliancePlan): ClusterPlace {
  return { host, socketDirectory, port: postgresPort, logFile: join(root, 'var', 'log', 'postgresql.log') };
}

function hasMembers(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
