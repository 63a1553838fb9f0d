// Files that are brought to a host: one of 50 MB, and 200 small ones; when they are not there yet, and when they are.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchHost } from './ground.js';
import type { PeerId } from './peers.js';
import type { Place, Run } from './place.js';
import { ansibleRun, mitogenRun, playbookRun, script } from './task-recipes.js';
import type { Work } from './work.js';

const largeBytes = 50 * 1024 * 1024;
const smallFiles = 200;

/** Bytes that no compression makes less of, the same in every run. */
function noise(length: number, seed: string): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < length; block += 1) {
    blocks.push(createHash('sha512').update(`${seed} ${block}`).digest());
  }
  return Buffer.concat(blocks, length);
}

const cache = new Map<string, Buffer>();

function contentOf(name: string): Buffer {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = name === 'large' ? noise(largeBytes, name) : noise(1000 + 17 * Number(name), name);
  cache.set(name, made);
  return made;
}

const smallNames = Array.from({ length: smallFiles }, (_, index) => String(index + 1));

/** Writes the files to a folder of the control node. */
function sources(place: Place, names: readonly string[]): string {
  const folder = join(place.directory, 'files');
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), contentOf(name));
  }
  return folder;
}

function copyPlaybook(names: readonly string[], facts: string): string {
  const head = `- name: Bring files\n  hosts: all\n${facts}  tasks:\n    - name: Bring\n`;
  const [only] = names;
  if (names.length === 1) return `${head}      copy:\n        src: ${only}\n        dest: /srv/bench/${only}\n`;
  // Ansible and playbook say `{{item}}` alike.
  const loop = `      loop: ${JSON.stringify(names)}\n`;
  return `${head}      copy:\n        src: "{{item}}"\n        dest: "/srv/bench/{{item}}"\n${loop}`;
}

function recipes(names: readonly string[]): Work['recipes'] {
  const large = names.length === 1;
  const hostOf = (place: Place): string => place.hosts[0]?.name ?? '';
  const playbookFile = (place: Place, facts: string): string => {
    sources(place, names);
    return place.write(facts === '' ? 'copy.yml' : 'ansible-copy.yml', copyPlaybook(names, facts));
  };
  const sftp = (place: Place): Run => {
    const folder = sources(place, names);
    const puts = place.write('puts', names.map((name) => `put ${folder}/${name} /srv/bench/${name}\n`).join(''));
    return { argv: ['sftp', '-q', '-F', place.sshConfigFile, '-b', puts, hostOf(place)] };
  };
  const scp = (place: Place): Run => {
    const folder = sources(place, names);
    const line = `scp -q -F ${place.sshConfigFile} ${large ? `${folder}/large` : `${folder}/[0-9]*`} ${hostOf(place)}:/srv/bench/`;
    return script(place, 'scp.sh', [line], line);
  };
  const floor = (place: Place): Run => {
    const folder = sources(place, names);
    const ssh = `ssh -F ${place.sshConfigFile} ${hostOf(place)}`;
    const line = large
      ? `${ssh} 'cat >/srv/bench/large' <${folder}/large`
      : `tar -C ${folder} -cf - . | ${ssh} 'tar -C /srv/bench -xf -'`;
    return script(place, 'floor.sh', [line], line);
  };
  const all: Partial<Record<PeerId, (place: Place) => Run>> = {
    [large ? 'cat' : 'tar']: floor,
    playbook: (place: Place) => playbookRun(place, playbookFile(place, '')),
    sftp,
    scp,
    mitogen: (place: Place) => mitogenRun(place, playbookFile(place, '  gather_facts: false\n')),
    ansible: (place: Place) => ansibleRun(place, playbookFile(place, '  gather_facts: false\n')),
  };
  return all;
}

const folder = ({ srv }: BenchHost): string => join(srv, 'bench');

function fileWork(kind: 'large' | 'small', converged: boolean): Work {
  const names = kind === 'large' ? ['large'] : smallNames;
  const title = kind === 'large' ? 'A file of 50 MB' : `${smallFiles} small files`;
  return {
    id: `file-${kind}-${converged ? 'converged' : 'changed'}`,
    title: `${title}, ${converged ? 'there already' : 'not there yet'}`,
    group: 'Files',
    hosts: 1,
    roundTripMs: 0,
    floor: kind === 'large' ? 'cat' : 'tar',
    recipes: recipes(names),
    before: ({ hosts }) => {
      for (const host of hosts) {
        rmSync(folder(host), { recursive: true, force: true });
        mkdirSync(folder(host));
        if (converged) for (const name of names) writeFileSync(join(folder(host), name), contentOf(name));
      }
    },
    wrong: ({ hosts }) => {
      for (const host of hosts) {
        const bad = names.find((name) => {
          const file = join(folder(host), name);
          return !existsSync(file) || !readFileSync(file).equals(contentOf(name));
        });
        if (bad !== undefined) return `${host.name} does not have the file ${bad} as it was sent`;
      }
      return undefined;
    },
  };
}

/** The works. */
export const fileWorks: readonly Work[] = [
  fileWork('large', false),
  fileWork('large', true),
  fileWork('small', false),
  fileWork('small', true),
];
