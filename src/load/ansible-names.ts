// Ansible's names for the variables of a connection mean the same thing here, so that an existing inventory loads as it is.
import type { Definition } from '../core/scope.js';

/** Ansible's names, each with ours. */
export const ansibleNames: ReadonlyMap<string, string> = new Map([
  ['ansible_host', 'ssh_host'],
  ['ansible_ssh_host', 'ssh_host'],
  ['ansible_port', 'ssh_port'],
  ['ansible_ssh_port', 'ssh_port'],
  ['ansible_user', 'ssh_user'],
  ['ansible_ssh_user', 'ssh_user'],
  ['ansible_private_key_file', 'ssh_private_key_file'],
  ['ansible_ssh_private_key_file', 'ssh_private_key_file'],
  ['ansible_private_key_passphrase', 'ssh_private_key_passphrase'],
  ['ansible_ssh_private_key_passphrase', 'ssh_private_key_passphrase'],
  ['ansible_password', 'ssh_password'],
  ['ansible_ssh_pass', 'ssh_password'],
  ['ansible_ssh_password', 'ssh_password'],
  ['ansible_connection', 'connection'],
  ['ansible_timeout', 'connect_timeout'],
  ['ansible_ssh_timeout', 'connect_timeout'],
  ['ansible_become', 'become'],
  ['ansible_become_user', 'become_user'],
  ['ansible_become_method', 'become_method'],
  ['ansible_become_password', 'become_password'],
  ['ansible_become_pass', 'become_password'],
  ['ansible_sudo_pass', 'become_password'],
]);

/** Definitions, each of Ansible's names said under our name too; the old name stays for templates that use it. */
export function withOurNames(definitions: readonly Definition[]): readonly Definition[] {
  return definitions.flatMap((each) => {
    const name = ansibleNames.get(each.name);
    return name === undefined ? [each] : [each, { ...each, name }];
  });
}
