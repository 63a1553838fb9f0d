// A real Slony-I cluster on one server: two databases, the origin and its subscriber, made by slonik as the vendor's
// "Initialize Slony" does, with or without the daemons that replicate.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { debianPostgres } from './modules-database.js';

/** True when slonik, slon and the server's library are installed, which is how Debian ships them. */
export function slonyIsInstalled(): boolean {
  const server = debianPostgres();
  if (server === undefined) return false;
  const found = spawnSync('sh', ['-c', `command -v slonik slon; ls ${join(server, 'lib')}/slony1_funcs*.so`]);
  return found.status === 0;
}

/**
 * Runs slonik; fails with the end of what it said. With `-w` it does not wait for hosts to confirm each other's events,
 * which nobody does before the daemons run.
 */
export function slonik(script: string): void {
  const { status, stdout, stderr } = spawnSync('slonik', ['-w'], { input: script, encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) throw new Error(`slonik ended with ${status ?? 'a signal'}: ${`${stdout}${stderr}`.slice(-2000)}`);
}

/** How slonik and slon reach a database of the rig. */
export function connectionString(port: number, database: string): string {
  return `host=127.0.0.1 port=${port} user=postgres dbname=${database}`;
}

/** The script that makes the first database the origin of one set with all its tables, and the second its subscriber. */
export function initialize(port: number, origin: string, subscriber: string): string {
  const [first, second] = [connectionString(port, origin), connectionString(port, subscriber)];
  return `
cluster name = slony;
node 1 admin conninfo = '${first}';
node 2 admin conninfo = '${second}';
init cluster (id=1, comment='${origin}');
store node (id=2, comment='${subscriber}', event node=1);
store path (server=1, client=2, conninfo='${first}', connretry=1);
store path (server=2, client=1, conninfo='${second}', connretry=1);
create set (id=1, origin=1, comment='All tables and Sequences');
set add table (set id=1, origin=1, tables='public\\\\..*');
subscribe set (id=1, provider=1, receiver=2, forward=yes);
`;
}

/** Starts the daemons of these databases; stopped by `await using`. */
export function startSlon(port: number, databases: readonly string[]): AsyncDisposable & { readonly count: number } {
  const daemons: readonly ChildProcess[] = databases.map((database) =>
    spawn('slon', ['-s', '500', '-t', '1000', 'slony', connectionString(port, database)], { stdio: 'ignore' }),
  );
  return {
    count: daemons.length,
    [Symbol.asyncDispose]: async () => {
      for (const each of daemons) {
        if (each.exitCode !== null || each.signalCode !== null) continue;
        each.kill('SIGTERM');
        await once(each, 'exit');
      }
    },
  };
}
