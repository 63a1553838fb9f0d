// The JSON Schema of inventories: groups of hosts, children and variables, and the variables that say how a host is reached.
import { olderAlgorithms } from '../core/ssh-algorithms.js';
import { ansibleNames } from './ansible-names.js';
import { closedMap } from './editor-help.js';
import type { Schema } from './json-schema.js';

const port = {
  type: ['integer', 'string'],
  minimum: 1,
  maximum: 65_535,
  errorMessage: 'a port is a whole number from 1 to 65535',
} as const;
const text = { type: ['string', 'number'], errorMessage: 'this must be a text' } as const;
const flag = { type: ['boolean', 'string'], errorMessage: 'this must be `true` or `false`' } as const;

/** The variables with a meaning of their own; every other name is a variable of the playbook's. */
const connectionVariables: Readonly<Record<string, Schema>> = {
  connection: {
    ...text,
    examples: ['ssh', 'local'],
    description: 'How the host is reached; by ssh unless said.',
    default: 'ssh',
  },
  connect_timeout: {
    type: ['number', 'string'],
    description: 'How long connecting may take: seconds, or such as `30s`.',
    default: 10,
    examples: [10, '30s'],
  },
  ssh_host: {
    ...text,
    description: 'Address of the host; its inventory name unless said.',
    examples: ['10.0.0.11', 'spa.example.org'],
  },
  ssh_port: {
    ...port,
    description: 'Port of its ssh server; what `~/.ssh/config` says, else 22, unless said.',
    examples: [22],
  },
  ssh_user: { ...text, description: 'User to log in as.', examples: ['desktone'] },
  ssh_private_key_file: {
    ...text,
    description: 'File of the private key, relative to the inventory.',
    examples: ['~/.ssh/id_ed25519'],
  },
  ssh_private_key_passphrase: { ...text, description: 'Passphrase of the private key.' },
  ssh_password: { ...text, description: 'Password to log in with.' },
  ssh_jump: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'Jump hosts in order, as `[user@]host[:port]`.',
    examples: ['admin@gate.example.org:22'],
  },
  ssh_known_hosts_file: {
    ...text,
    description: 'File of known host keys, relative to the inventory.',
    examples: ['known_hosts'],
  },
  ssh_older_algorithms: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { enum: [...olderAlgorithms.keys()] } }],
    description: 'Older algorithms that its ssh server may use; none unless said, and each use is told.',
    examples: [['ssh-rsa', 'hmac-sha1']],
  },
  state_directory: {
    ...text,
    description:
      'Where the host keeps who holds it and what was started there: an absolute path, whose neighbours `.lock`, `.broken` and `-UID` are used.',
    default: '/var/tmp/playbook',
    examples: ['/var/tmp/playbook'],
  },
  become: { ...flag, description: 'Run as another user, by sudo.', default: false, examples: [true] },
  become_user: { ...text, description: 'The user to become; root unless said.', default: 'root' },
  become_method: {
    anyOf: [{ const: 'sudo' }, { type: 'string', pattern: '\\{\\{' }],
    description: 'Only `sudo`.',
    default: 'sudo',
  },
  become_password: { ...text, description: 'Password for sudo.' },
  pg_connect: {
    anyOf: [{ enum: ['ssh', 'direct'] }, { type: 'string', pattern: '\\{\\{' }],
    description: 'How databases are reached: through the host, which is the default, or directly from here.',
    default: 'ssh',
  },
  pg_host: {
    ...text,
    description: 'Address of PostgreSQL as seen from the host, or the directory of its socket.',
    examples: ['127.0.0.1', '/var/run/postgresql'],
  },
  pg_port: { ...port, description: 'Port of PostgreSQL; 5432 unless said.', default: 5432 },
  pg_user: { ...text, description: 'User of PostgreSQL; `postgres` unless said.', default: 'postgres' },
  pg_password: { ...text, description: 'Password of that user.' },
  pg_database: {
    ...text,
    description: 'Database that modules use when they name none.',
    default: 'postgres',
    examples: ['fdb'],
  },
  pg_tls: { ...flag, description: 'True to encrypt the connection to PostgreSQL.', examples: [true, false] },
};

/** Ansible's names for them, which mean the same and are not offered. */
const ansibleVariables: Readonly<Record<string, Schema>> = Object.fromEntries(
  [...ansibleNames].map(([theirs, ours]) => [
    theirs,
    { ...connectionVariables[ours], description: `Ansible's name for \`${ours}\`.`, doNotSuggest: true },
  ]),
);

/** The schema of inventory files. */
export function inventorySchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'inventory',
    description: 'Groups by name; `all` holds everything.',
    type: ['object', 'null'],
    properties: { all: { description: 'Every host.', allOf: [{ $ref: '#/definitions/group' }] } },
    additionalProperties: { $ref: '#/definitions/group' },
    definitions: {
      group: {
        ...closedMap('a group', {
          hosts: {
            type: ['object', 'null'],
            description: 'Hosts by name; `sp[01:20]` is a range.',
            additionalProperties: { $ref: '#/definitions/variables' },
            errorMessage: '`hosts` is a map: write each host as `name:`, with its variables below',
          },
          children: {
            type: ['object', 'null'],
            description: 'Groups below this one.',
            additionalProperties: { $ref: '#/definitions/group' },
            errorMessage: '`children` is a map: write each group as `name:`',
          },
          vars: { description: 'Variables of every host in the group.', allOf: [{ $ref: '#/definitions/variables' }] },
        }),
        type: ['object', 'null'],
      },
      variables: {
        type: ['object', 'null'],
        properties: { ...connectionVariables, ...ansibleVariables },
        propertyNames: {
          pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
          patternErrorMessage: 'the name of a variable is made of letters, digits and `_`',
        },
        errorMessage: 'variables are a map: write `name: value`',
      },
    },
  };
}
