// The inventory overlay: what a playbook's inventory must be told to meet the lab instead of a real data centre.
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { DATABASE_LOGIN, LOGIN, SERVICE_CENTER_LOGIN } from './appliances.js';
import { desktoneHome, xmpmsHome } from './sandbox-facts.js';
import type { LabState } from './state.js';

const HEAD = `# Written by the embedded lab, gone when it goes down.
# Name it after the data centre's inventory: -i inventories/dc1.yml -i .lab/hosts.yml
`;

/** The overlay's variables of every host, in Ansible's inventory shape. */
export function overlay(lab: LabState): object {
  const hosts = lab.appliances.map((each) => [
    each.host,
    {
      ssh_host: '127.0.0.1',
      ssh_port: each.sshPort,
      ssh_user: LOGIN.user,
      ssh_private_key_file: lab.privateKeyFile,
      ssh_known_hosts_file: lab.knownHostsFile,
      // All hosts of the lab share one machine, and each has a state of its own.
      state_directory: `${each.root}/.playbook/state`,
      become_password: LOGIN.password,
      pg_host: '127.0.0.1',
      pg_port: each.postgresPort,
      pg_user: DATABASE_LOGIN.user,
      pg_password: DATABASE_LOGIN.password,
      appliance_ip: each.address,
      // That address is made up, and nobody must be asked there.
      peer_address: '127.0.0.1',
      peer_port: each.postgresPort,
      appliance_root: each.root,
      desktone_home: desktoneHome(each.root),
      xmpms_home: xmpmsHome(each.root),
      service_center_url: lab.serviceCenterUrl,
      service_center_api: new URL('/dt-rest/v100', lab.serviceCenterUrl).href,
      service_center_user: SERVICE_CENTER_LOGIN.user,
      service_center_password: SERVICE_CENTER_LOGIN.password,
    },
  ]);
  return { all: { hosts: Object.fromEntries(hosts) } };
}

/** Writes the overlay; it holds passwords, so only its owner may read it. */
export function writeOverlay(lab: LabState): void {
  writeFileSync(lab.inventoryFile, HEAD + stringify(overlay(lab)), { mode: 0o600 });
}
