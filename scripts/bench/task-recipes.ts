// How each peer does the same guarded tasks: task N keeps the file /srv/bench/N, which is written when it is not there.
import type { BenchHost } from './ground.js';
import { mitogenStrategies, type PeerId } from './peers.js';
import type { Place, Run } from './place.js';

/** A way to do the tasks of a row. */
export type Recipe = (place: Place, tasks: number) => Run;

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const guarded = (task: number): string => `test -e /srv/bench/${task} || echo ${task} >/srv/bench/${task}`;

function taskLines(module: string, tasks: number): string {
  return numbers(tasks)
    .map((task) =>
      [
        `    - name: Keep file ${task}`,
        `      ${module}:`,
        `        cmd: echo ${task} >/srv/bench/${task}`,
        `        creates: /srv/bench/${task}`,
        '',
      ].join('\n'),
    )
    .join('');
}

/** The playbook of a row, for playbook and, with its facts and module names, for Ansible. */
export function tasksPlaybook(tasks: number, more = '', module = 'shell'): string {
  return `- name: Keep files\n  hosts: all\n${more}  tasks:\n${taskLines(module, tasks)}`;
}

/** `playbook run` as it is, with all that it does for safety. */
export function playbookRun(
  place: Place,
  file: string,
  words: readonly string[] = [],
  state = `${place.directory}/state`,
): Run {
  const forks = String(place.hosts.length);
  const all = ['run', file, '-i', `${place.directory}/hosts.yml`, '--forks', forks, ...words];
  return {
    argv: [process.execPath, `${place.checkout}bin/playbook`, ...all],
    environment: { PLAYBOOK_STATE_DIR: state },
  };
}

/** Ansible with the settings that its users recommend to each other. */
export function ansibleRun(place: Place, file: string, environment: Readonly<Record<string, string>> = {}): Run {
  return {
    argv: ['ansible-playbook', '-i', `${place.directory}/ansible-hosts.yml`, file],
    environment: {
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_FORKS: String(place.hosts.length),
      ANSIBLE_SSH_ARGS: `-F ${place.sshConfigFile} -o ControlMaster=auto -o ControlPersist=60s`,
      ANSIBLE_SSH_CONTROL_PATH_DIR: `${place.directory}/cm`,
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      ...environment,
    },
  };
}

/** Ansible with another machinery below it. */
export function mitogenRun(place: Place, file: string): Run {
  return ansibleRun(place, file, {
    ANSIBLE_STRATEGY: 'mitogen_linear',
    ANSIBLE_STRATEGY_PLUGINS: mitogenStrategies,
    ANSIBLE_SSH_ARGS: `-F ${place.sshConfigFile}`,
  });
}

/** Ansible out of the box. The masters of ssh stay where they can be found and ended. */
function ansibleDefaultRun(place: Place, file: string): Run {
  return {
    argv: ['ansible-playbook', '-i', `${place.directory}/ansible-hosts.yml`, file],
    environment: { ANSIBLE_SSH_CONTROL_PATH_DIR: `${place.directory}/cm` },
  };
}

const words = (hosts: readonly BenchHost[]): string => hosts.map(({ name }) => name).join(' ');

/** A script that gives one line to all hosts at once, and waits for all; the line knows the host as `$host`. */
export function atOnce(hosts: readonly BenchHost[], line: string): string {
  return `pids=\nfor host in ${words(hosts)}; do\n  ${line} &\n  pids="$pids $!"\ndone\nfor pid in $pids; do wait $pid || exit 1; done\n`;
}

/** A script of lines that must all succeed. */
export function script(place: Place, name: string, lines: readonly string[], shown: string): Run {
  return { argv: ['sh', place.write(name, `set -e\n${lines.join('\n')}\n`)], shown };
}

function controlMasterRun(place: Place, tasks: number): Run {
  const ssh = `ssh -F ${place.sshConfigFile} -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${place.directory}/cm/%n $host`;
  const lines = numbers(tasks).map((task) => atOnce(place.hosts, `${ssh} '${guarded(task)}' </dev/null`));
  return script(place, 'control-master.sh', lines, `${ssh} '${guarded(1)}'   # per task, all hosts at once`);
}

function psshRun(place: Place, tasks: number): Run {
  const hosts = place.write('pssh-hosts', place.hosts.map(({ name }) => `${name}\n`).join(''));
  const pssh = `parallel-ssh -h ${hosts} -p ${place.hosts.length} -t 0 -x '-F ${place.sshConfigFile}'`;
  const lines = numbers(tasks).map((task) => `${pssh} '${guarded(task)}'`);
  return script(place, 'pssh.sh', lines, `${pssh} '${guarded(1)}'   # per task`);
}

function floorRun(place: Place, tasks: number): Run {
  const all = place.write('all.sh', `set -e\n${numbers(tasks).map(guarded).join('\n')}\n`);
  const line = `ssh -F ${place.sshConfigFile} $host sh -s <${all}`;
  return script(place, 'floor.sh', [atOnce(place.hosts, line)], `${line}   # all hosts at once`);
}

function connectRun(place: Place): Run {
  const line = `ssh -F ${place.sshConfigFile} $host true`;
  return script(place, 'connect.sh', [atOnce(place.hosts, `${line} </dev/null`)], line);
}

const playbookFile = (place: Place, tasks: number): string => place.write('tasks.yml', tasksPlaybook(tasks));
const ansibleFile = (place: Place, tasks: number): string =>
  place.write('ansible-tasks.yml', tasksPlaybook(tasks, '  gather_facts: false\n'));

/** Every peer's way. */
export const taskRecipes = {
  floor: floorRun,
  playbook: (place, tasks) => playbookRun(place, playbookFile(place, tasks)),
  noPreflight: (place, tasks) => playbookRun(place, playbookFile(place, tasks), ['--no-preflight']),
  stateInMemory: (place, tasks) => playbookRun(place, playbookFile(place, tasks), [], place.memory),
  controlMaster: controlMasterRun,
  pssh: psshRun,
  mitogen: (place, tasks) => mitogenRun(place, ansibleFile(place, tasks)),
  ansible: (place, tasks) => ansibleRun(place, ansibleFile(place, tasks)),
  ansibleDefault: (place, tasks) => ansibleDefaultRun(place, place.write('ansible-facts.yml', tasksPlaybook(tasks))),
  connect: connectRun,
} satisfies Partial<Record<PeerId, Recipe>>;
