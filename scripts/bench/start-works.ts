// What happens before any host is asked: to start, to check a playbook, to read ten thousand hosts.
import type { Place, Run } from './place.js';
import type { Work } from './work.js';

function playbook(place: Place, ...words: readonly string[]): Run {
  return {
    argv: [process.execPath, `${place.checkout}bin/playbook`, ...words],
    environment: { PLAYBOOK_STATE_DIR: `${place.directory}/state` },
  };
}

function ansible(...argv: readonly [string, ...string[]]): Run {
  return { argv };
}

const tasksOfPlay = 50;

function play(number: number, facts: string): string {
  const task = (index: number): string =>
    [
      `    - name: Keep file ${index} of part ${number}`,
      '      shell:',
      `        cmd: echo ${index} >{{folder}}/${index}`,
      `        creates: "{{folder}}/${index}"`,
    ].join('\n');
  const tasks = Array.from({ length: tasksOfPlay }, (_, index) => task(index + 1)).join('\n');
  return `- name: Part ${number}\n  hosts: all\n  vars: { folder: /srv/part-${number} }\n${facts}  tasks:\n${tasks}\n`;
}

/** Plays of 50 tasks, of 4 lines each. */
function playbookOf(plays: number, facts = ''): string {
  return Array.from({ length: plays }, (_, index) => play(index + 1, facts)).join('');
}

/** 49 plays are 9,996 lines. */
const playsOfLong = 49;

/** An inventory with so many hosts, in 40 groups. */
function inventoryOf(count: number, addressName: string): string {
  const host = (index: number): string =>
    `        host-${index}: { ${addressName}: 10.${index >> 16}.${(index >> 8) & 255}.${index & 255}, unit: ${index % 16} }\n`;
  const group = (number: number): string => {
    const members = Array.from({ length: count / 40 }, (_, index) => host(index * 40 + number));
    return `    rack_${number}:\n      hosts:\n${members.join('')}`;
  };
  return `all:\n  children:\n${Array.from({ length: 40 }, (_, number) => group(number)).join('')}`;
}

function startWork(id: string, title: string, recipes: Work['recipes'], roundsTimes = 1): Work {
  return {
    id,
    title,
    group: 'Before any host is asked',
    hosts: 0,
    roundTripMs: 0,
    floor: 'node',
    recipes: { node: () => ({ argv: [process.execPath, '-e', '0'] }), ...recipes },
    roundsTimes,
    before: () => undefined,
    wrong: () => undefined,
  };
}

const facts = '  gather_facts: false\n';

function checked(plays: number, hosts?: number): Work['recipes'] {
  const inventory = (place: Place, addressName: string): readonly string[] =>
    hosts === undefined ? [] : ['-i', place.write(`${addressName}.yml`, inventoryOf(hosts, addressName))];
  return {
    playbook: (place) => {
      const file = place.write('many.yml', playbookOf(plays));
      return playbook(place, 'validate', file, ...inventory(place, 'ssh_host'));
    },
    ansible: (place) => {
      const file = place.write('ansible-many.yml', playbookOf(plays, facts));
      return ansible('ansible-playbook', '--syntax-check', file, ...inventory(place, 'ansible_host'));
    },
  };
}

/** The works. */
export const startWorks: readonly Work[] = [
  startWork(
    'version',
    '--version',
    { playbook: (place) => playbook(place, '--version'), ansible: () => ansible('ansible', '--version') },
    3,
  ),
  startWork('validate-50', 'validate a playbook of 50 tasks', checked(1), 3),
  startWork('validate-lines', 'validate a playbook of 10,000 lines', checked(playsOfLong)),
  startWork('validate-hosts', 'validate 50 tasks for 10,000 hosts', checked(1, 10_000)),
  startWork('validate-both', 'validate 10,000 lines for 10,000 hosts', checked(playsOfLong, 10_000)),
];
