// Who lives in the lab: the fixed facts of its four appliances. Everything else (ports, pids, paths) is decided when
// a lab starts and stands in its state.

/** Inventory names of the appliances. */
export const HOST_NAMES = ['spa', 'spb', 'taa', 'tab'] as const;

/** Inventory name of one appliance. */
export type HostName = (typeof HOST_NAMES)[number];

/** Databases that an appliance can hold: Fabric, Element, App Volumes. */
export const DATABASES = ['fdb', 'edb', 'avdb'] as const;

/** Name of one database. */
export type DatabaseName = (typeof DATABASES)[number];

/** What is known of an appliance before it runs. `address` is made up: it stands in files and rows, nothing listens there. */
export interface Appliance {
  readonly host: HostName;
  readonly peer: HostName;
  readonly primary: boolean;
  readonly organization: number;
  readonly displayName: string;
  readonly address: string;
  readonly databases: readonly DatabaseName[];
  /** Services that run after a boot. */
  readonly services: readonly string[];
  /** The appliance's `capabilities` at the start; 64 and 128 mark a primary. */
  readonly capabilities: number;
}

/** The operating system user of every appliance, and the password for ssh and sudo. */
export const LOGIN = { user: 'desktone', password: 'Desktone1' } as const;

/** The PostgreSQL superuser of every appliance. */
export const DATABASE_LOGIN = { user: 'admin', password: 'desktone-db' } as const;

/** Who may log in to the Service Center. */
export const SERVICE_CENTER_LOGIN = { user: 'admin', password: 'Desktone1' } as const;

/** Organisation of the service provider pair. */
export const SERVICE_PROVIDER = 1000;

/** Names of all init scripts; an appliance of the service provider has no reason to start av-manager. */
export const SERVICES = ['dtService', 'av-manager', 'diagnose'] as const;

const serviceProvider = {
  organization: SERVICE_PROVIDER,
  databases: ['fdb'],
  services: ['dtService', 'diagnose'],
} as const satisfies Partial<Appliance>;

const tenant = { organization: 1001, databases: DATABASES, services: SERVICES } as const satisfies Partial<Appliance>;

const APPLIANCES: Readonly<Record<HostName, Appliance>> = {
  spa: {
    ...serviceProvider,
    host: 'spa',
    peer: 'spb',
    primary: true,
    displayName: 'SP appliance A',
    address: '10.231.77.11',
    capabilities: 1 | 2 | 64 | 128 | 65536,
  },
  spb: {
    ...serviceProvider,
    host: 'spb',
    peer: 'spa',
    primary: false,
    displayName: 'SP appliance B',
    address: '10.231.77.12',
    capabilities: 1 | 2 | 65536,
  },
  taa: {
    ...tenant,
    host: 'taa',
    peer: 'tab',
    primary: true,
    displayName: 'Tenant appliance A',
    address: '10.231.77.21',
    capabilities: 4 | 8 | 64 | 128,
  },
  tab: {
    ...tenant,
    host: 'tab',
    peer: 'taa',
    primary: false,
    displayName: 'Tenant appliance B',
    address: '10.231.77.22',
    capabilities: 4 | 8,
  },
};

/** What the Service Center calls a database. */
export const DATABASE_NAMES: Readonly<Record<DatabaseName, string>> = {
  fdb: 'Fabric',
  edb: 'Element',
  avdb: 'App Volumes',
};

/** The facts of one appliance. */
export function appliance(host: HostName): Appliance {
  return APPLIANCES[host];
}

/** True for a name that the lab knows. */
export function isHostName(name: string): name is HostName {
  return HOST_NAMES.some((each) => each === name);
}

/** True for a database that an appliance can hold. */
export function isDatabaseName(name: string): name is DatabaseName {
  return DATABASES.some((each) => each === name);
}

/** Addresses of a pair, primary first, as its properties files list them. */
export function pairAddresses(of: Appliance): readonly [string, string] {
  const other = APPLIANCES[of.peer];
  return of.primary ? [of.address, other.address] : [other.address, of.address];
}
