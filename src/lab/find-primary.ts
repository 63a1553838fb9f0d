// Which appliance of an organisation is to be master: the one that the fabric database of the service provider gives the
// capability bits 192, as the appliances themselves decide it.
import type { Client } from 'pg';
import { SERVICE_PROVIDER } from './appliances.js';
import type { DataCenter, Member } from './data-center.js';
import { problem } from './problem.js';

const PRIMARIES = 'select name from appliance where organization_id = $1 and capabilities & 192 = 192 order by name';

/** The fabric databases that a Service Center may read: of each appliance that serves it, in its properties' order. */
async function candidates(center: DataCenter): Promise<readonly Member[]> {
  const providers = center.members.filter((each) => each.organization === SERVICE_PROVIDER);
  const lists = await Promise.all(providers.map((each) => center.fabricAddresses(each)));
  if (lists.every((each) => each === undefined)) {
    const hint = 'start `dtService` on the appliance that is to be master';
    throw problem('lab/no-service-center', 'no service provider appliance runs `dtService`', hint);
  }
  const addresses = new Set(lists.flatMap((each) => each ?? []));
  return [...addresses].flatMap((address) => providers.find((each) => each.address === address) ?? []);
}

/** What is read on the first fabric database that answers, and whose it is. */
export async function readFabric<T>(
  center: DataCenter,
  read: (client: Client) => Promise<T>,
): Promise<{ readonly value: T; readonly seenOn: string }> {
  for (const member of await candidates(center)) {
    const client = await center.open(member, 'fdb').catch(() => undefined);
    if (client === undefined) continue;
    try {
      return { value: await read(client), seenOn: member.host };
    } catch {
      // A database that ends in the middle is one that does not answer.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw problem('lab/no-service-center', 'no fabric database of a service provider appliance can be reached');
}

async function primaries(client: Client, organization: number): Promise<readonly string[]> {
  return (await client.query<{ name: string }>(PRIMARIES, [organization])).rows.map((row) => row.name);
}

function memberCalled(center: DataCenter, name: string): Member {
  const found = center.members.find((each) => each.host === name);
  if (found === undefined) throw problem('lab/unknown-host', `the lab has no host \`${name}\``);
  return found;
}

/** The one appliance of an organisation that has the bits; a LabProblem when it is not exactly one. */
export async function findPrimary(center: DataCenter, organization: number): Promise<Member> {
  const { value: names, seenOn } = await readFabric(center, (client) => primaries(client, organization));
  const [name] = names;
  if (names.length === 1 && name !== undefined) return memberCalled(center, name);
  const found = names.length === 0 ? 'no appliance' : names.map((each) => `\`${each}\``).join(' and ');
  const message = `${found} of organization ${organization} has the capability bits 192 in fdb on \`${seenOn}\`, expected one`;
  throw problem('lab/no-single-primary', message, 'update `appliance.capabilities`');
}
