// The project's lab of real appliances, for works that need more of a host than ssh: the service provider pair, which
// replicates until A's cable is pulled. There is one lab a machine, and another process' lab is respected.
import { execFileSync, spawnSync } from 'node:child_process';
import { startServiceCenter } from './service-center.js';

/** The lab, with a Service Center beside it. */
export interface BenchLab extends AsyncDisposable {
  readonly serviceCenterUrl: string;
  /** Both appliances as new and replicating, and then A without its cable: the dead primary. */
  renew(): void;
  /** What a command of bash says inside an appliance, as root. */
  ask(host: 'spa' | 'spb', command: string): string;
}

function scriptOf(checkout: string): string {
  return `${checkout}test/rigs/lab/lab`;
}

/** Why there can be no lab on this machine; undefined when there can. */
export function whyNoLab(checkout: string): string | undefined {
  const { status, stderr, error } = spawnSync(scriptOf(checkout), ['check'], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** The words with which the lab leaves alone what is not ours. */
const refused = /in use by process|is at work|is used by something else/;

/** `slon` of A holds a session on B once it has found the way there. */
const replicates = `for i in {1..300}; do
  [ "$("$PGBIN/psql" -XqAt -U admin fdb <<<"select exists (select from pg_stat_activity
    where application_name ~ '^slon' and client_addr <> '$ADDRESS')")" != t ] || exit 0
  sleep 0.1
done
exit 1`;

/** Starts the lab, and ends it when it is disposed of. */
export async function startBenchLab(checkout: string): Promise<BenchLab> {
  // A session of its own: Ctrl-C must not end the scripts of the lab half-way, least of all the one that takes it down.
  const lab = (...words: readonly string[]): string =>
    execFileSync('setsid', ['--wait', scriptOf(checkout), ...words], {
      encoding: 'utf8',
      env: { ...process.env, LAB_OWNER: String(process.pid) },
    });
  const ask: BenchLab['ask'] = (host, command) =>
    lab('exec', host, 'bash', '-c', `. /etc/appliance.env\n${command}`).trimEnd();
  const renew = (): void => {
    lab('up', 'spa', 'spb');
    ask('spb', replicates);
    lab('cut', 'spa');
  };
  try {
    lab('up', 'spa', 'spb');
    const serviceCenter = await startServiceCenter(scriptOf(checkout));
    return {
      serviceCenterUrl: serviceCenter.url,
      renew,
      ask,
      [Symbol.asyncDispose]: async () => {
        await serviceCenter[Symbol.asyncDispose]();
        lab('down');
      },
    };
  } catch (thrown) {
    if (!refused.test(String(thrown))) lab('down');
    throw thrown;
  }
}
