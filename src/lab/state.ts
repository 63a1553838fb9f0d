// What is known of a running lab, as plain data: written to DIR/state.json so that any later command can find it, ask
// it and end it.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseName, HostName } from './appliances.js';
import type { ProcessIdentity } from './processes.js';

/** One running appliance. Ports are on 127.0.0.1. */
export interface ApplianceState {
  readonly host: HostName;
  readonly organization: number;
  readonly databases: readonly DatabaseName[];
  /** The made-up address that stands in properties files and in the `appliance` table. */
  readonly address: string;
  readonly sshPort: number;
  readonly postgresPort: number;
  /** The directory that stands for the appliance's root file system. */
  readonly root: string;
  /** Holds PostgreSQL's unix socket; it works from inside even when the appliance is cut off. */
  readonly socketDirectory: string;
  readonly postgres: ProcessIdentity;
}

/** One running lab. */
export interface LabState {
  /** Absolute path of the lab's directory. */
  readonly directory: string;
  /** Absolute path of its directory of sockets. */
  readonly socketBase: string;
  readonly startedAt: string;
  /** The process that hosts the ssh servers and the Service Center. */
  readonly process: ProcessIdentity;
  readonly controlSocket: string;
  readonly serviceCenterUrl: string;
  /** The inventory overlay. */
  readonly inventoryFile: string;
  readonly privateKeyFile: string;
  readonly knownHostsFile: string;
  readonly appliances: readonly ApplianceState[];
}

/** Says that a directory belongs to a lab, and where its other half is, before anything else exists in it. */
export interface LabMarker {
  readonly socketBase: string;
  /** Who started it, and whether that is a daemon of its own (which may be told to end) or a process with other work. */
  readonly process: ProcessIdentity;
  readonly detached: boolean;
}

/** The file of the marker. */
function markerFile(directory: string): string {
  return join(directory, 'lab.json');
}

/** The file of the state. */
export function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

// Both files are written by this room only, so their shape is known.
function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The marker of a directory; undefined when no lab made it. */
export function readMarker(directory: string): LabMarker | undefined {
  return readJson(markerFile(directory)) as LabMarker | undefined;
}

/** The state of the lab in a directory; undefined when none is up. */
export function readState(directory: string): LabState | undefined {
  return readJson(stateFile(directory)) as LabState | undefined;
}

/** Writes the marker. */
export function writeMarker(directory: string, marker: LabMarker): void {
  writeFileSync(markerFile(directory), `${JSON.stringify(marker)}\n`, { mode: 0o600 });
}

/** Writes the state in one step: a reader sees all of it or none. */
export function writeState(state: LabState): void {
  const file = stateFile(state.directory);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The state of one appliance; undefined when it is not part of the lab. */
export function applianceState(lab: LabState, host: string): ApplianceState | undefined {
  return lab.appliances.find((each) => each.host === host);
}
