// The JSON Schema of inventories: groups of hosts, children and variables, and the variables that say how a host is reached.
import type { Schema } from './json-schema.js';

const port = { anyOf: [{ type: 'integer', minimum: 1, maximum: 65_535 }, { type: 'string' }] } as const;
const text = { type: ['string', 'number'] } as const;
const flag = { type: ['boolean', 'string'] } as const;

/** The variables with a meaning of their own; every other name is a variable of the playbook's. */
const connectionVariables: Readonly<Record<string, Schema>> = {
  connection: { ...text, examples: ['ssh', 'local'], description: 'How the host is reached; by ssh unless said.' },
  connect_timeout: {
    type: ['number', 'string'],
    description: 'How long connecting may take: seconds, or such as `30s`.',
  },
  ssh_host: { ...text, description: 'Address of the host; its inventory name unless said.' },
  ssh_port: { ...port, description: 'Port of its ssh server.' },
  ssh_user: { ...text, description: 'User to log in as.' },
  ssh_private_key_file: { ...text, description: 'File of the private key, relative to the inventory.' },
  ssh_private_key_passphrase: { ...text, description: 'Passphrase of the private key.' },
  ssh_password: { ...text, description: 'Password to log in with.' },
  ssh_jump: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'Jump hosts in order, as `[user@]host[:port]`.',
  },
  ssh_known_hosts_file: { ...text, description: 'File of known host keys, relative to the inventory.' },
  become: { ...flag, description: 'Run as another user, by sudo.' },
  become_user: { ...text, description: 'The user to become; root unless said.' },
  become_method: { anyOf: [{ const: 'sudo' }, { type: 'string', pattern: '\\{\\{' }], description: 'Only `sudo`.' },
  become_password: { ...text, description: 'Password for sudo.' },
  pg_connect: {
    anyOf: [{ enum: ['ssh', 'direct'] }, { type: 'string', pattern: '\\{\\{' }],
    description: 'How databases are reached: through the host, which is the default, or directly from here.',
  },
  pg_host: { ...text, description: 'Address of PostgreSQL as seen from the host, or the directory of its socket.' },
  pg_port: { ...port, description: 'Port of PostgreSQL; 5432 unless said.' },
  pg_user: { ...text, description: 'User of PostgreSQL; `postgres` unless said.' },
  pg_password: { ...text, description: 'Password of that user.' },
  pg_database: { ...text, description: 'Database that modules use when they name none.' },
  pg_tls: { ...flag, description: 'True to encrypt the connection to PostgreSQL.' },
};

/** The schema of inventory files. */
export function inventorySchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Inventory',
    description: 'Groups by name; `all` holds everything.',
    type: ['object', 'null'],
    properties: { all: { description: 'Every host.', allOf: [{ $ref: '#/definitions/group' }] } },
    additionalProperties: { $ref: '#/definitions/group' },
    definitions: {
      group: {
        type: ['object', 'null'],
        properties: {
          hosts: {
            type: ['object', 'null'],
            description: 'Hosts by name; `sp[01:20]` is a range.',
            additionalProperties: { $ref: '#/definitions/variables' },
          },
          children: {
            type: ['object', 'null'],
            description: 'Groups below this one.',
            additionalProperties: { $ref: '#/definitions/group' },
          },
          vars: { description: 'Variables of every host in the group.', allOf: [{ $ref: '#/definitions/variables' }] },
        },
        additionalProperties: false,
      },
      variables: {
        type: ['object', 'null'],
        properties: connectionVariables,
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      },
    },
  };
}
