// What the lab itself reads from a sandbox: whether a service runs, and what a properties file says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseName } from './appliances.js';
import { isAlive } from './processes.js';

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** True while the process of a service's pid file (`PID START_TIME`) lives. */
export function isServiceRunning(root: string, service: string): boolean {
  const [pid, ...startTime] =
    readText(join(root, 'run', `${service}.pid`))
      ?.trim()
      .split(' ') ?? [];
  return pid !== undefined && isAlive({ pid: Number(pid), startTime: startTime.join(' ') });
}

/** Where the appliance keeps its software. */
export function desktoneHome(root: string): string {
  return join(root, 'usr', 'local', 'desktone');
}

/** Where the diagnose service and its kin keep theirs. */
export function xmpmsHome(root: string): string {
  return join(root, 'usr', 'local', 'xmpms');
}

/** The properties file of a database: fdb's is in `conf`, the others are not. So says the vendor's procedure. */
export function propertiesFile(root: string, database: DatabaseName): string {
  const active = join(desktoneHome(root), 'release', 'active');
  return join(active, database === 'fdb' ? 'conf' : '', `${database}.properties`);
}

/** The elements of a list value in the properties file of a database; empty when the file or key is missing. */
export function propertyList(root: string, database: DatabaseName, key: string): readonly string[] {
  const line = readText(propertiesFile(root, database))
    ?.split(/\r?\n/)
    .find((each) => each.split('=')[0]?.trim() === key);
  const value = line?.slice(line.indexOf('=') + 1) ?? '';
  return value.split(/[\s,;]+/).filter((element) => element !== '');
}
