// Who is measured. Nothing is installed: a peer that is not on this machine is said to be missing.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The names by which results know them. */
export type PeerId = keyof typeof peerNames;

/** How they are called on the page. */
export const peerNames = {
  playbook: 'playbook',
  noPreflight: 'playbook --no-preflight',
  stateInMemory: 'playbook, journal in memory',
  ansible: 'Ansible, best settings',
  ansibleDefault: 'Ansible, default settings',
  mitogen: 'Mitogen',
  pssh: 'pssh, a call a task',
  controlMaster: 'ssh ControlMaster, a call a task',
  floor: 'one script, one ssh a host',
  connect: 'ssh true',
  sftp: 'sftp',
  scp: 'scp',
  cat: 'ssh cat',
  tar: 'tar over ssh',
  node: 'node -e 0',
  script: 'the same steps as a shell script',
  carefulScript: 'the same steps, looks and waits as a shell script',
} as const;

/** What a peer needs to be there: a file, and the words that tell its version. */
interface Need {
  readonly file?: string;
  readonly package: string;
  readonly version: readonly [string, ...string[]];
}

const ssh: Need = { package: 'openssh-client', version: ['ssh', '-V'] };
const ansible: Need = { package: 'ansible-core', version: ['ansible', '--version'] };
const node: Need = { package: 'nodejs', version: [process.execPath, '--version'] };

const needs: Readonly<Record<PeerId, Need | undefined>> = {
  playbook: undefined,
  noPreflight: undefined,
  stateInMemory: undefined,
  ansible,
  ansibleDefault: ansible,
  mitogen: {
    package: 'ansible-mitogen',
    version: [
      '/usr/bin/python3',
      '-c',
      'import ansible_mitogen, mitogen; print(".".join(map(str, mitogen.__version__)))',
    ],
  },
  pssh: { package: 'pssh', version: ['parallel-ssh', '--version'] },
  controlMaster: ssh,
  floor: ssh,
  connect: ssh,
  sftp: ssh,
  scp: ssh,
  cat: ssh,
  tar: ssh,
  node,
  script: ssh,
  carefulScript: ssh,
};

/** Where mitogen keeps its strategies for Ansible. */
export const mitogenStrategies = '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy';

/** The version of a peer, or why it cannot be measured. */
export function lookFor(id: PeerId, checkout: string): { readonly version: string } | { readonly missing: string } {
  const need = needs[id];
  if (need === undefined) return { version: checkoutVersion(checkout) };
  const [program, ...words] = need.version;
  try {
    // ssh tells its version on standard error.
    const said = execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', program, ...words], { encoding: 'utf8' });
    if (id === 'mitogen' && !existsSync(mitogenStrategies)) return { missing: `no ${mitogenStrategies}` };
    return { version: (said.split('\n')[0] ?? '').trim() };
  } catch {
    return { missing: `not installed (Debian: ${need.package})` };
  }
}

function checkoutVersion(checkout: string): string {
  try {
    return execFileSync('git', ['-C', checkout, 'describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
