// What is measured: a row is one work, that several peers do in turn.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchHost } from './ground.js';
import type { PeerId } from './peers.js';
import type { Place, Run } from './place.js';
import { fileWorks } from './file-works.js';
import { promotionWorks } from './promotion-works.js';
import { startWorks } from './start-works.js';
import { taskRecipes } from './task-recipes.js';

/** A row to be measured. */
export interface Work {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly hosts: number;
  /** Whether it is done in the lab of real appliances. */
  readonly lab?: boolean;
  readonly roundTripMs: number;
  /** The peer that the others are compared to. */
  readonly floor: PeerId;
  readonly recipes: Readonly<Partial<Record<PeerId, (place: Place) => Run>>>;
  /** How many times as many rounds as other works have. */
  readonly roundsTimes?: number;
  /** Puts the hosts into the state that every peer begins with. */
  readonly before: (place: Place) => void;
  /** What is wrong with what a peer has done; undefined when all is as wanted. */
  readonly wrong: (place: Place) => string | undefined;
}

interface Size {
  readonly hosts: number;
  readonly tasks: number;
  readonly roundTripMs?: number;
}

const folder = ({ srv }: BenchHost): string => join(srv, 'bench');

function clear(hosts: readonly BenchHost[]): void {
  for (const host of hosts) {
    rmSync(folder(host), { recursive: true, force: true });
    mkdirSync(folder(host));
  }
}

function fill(hosts: readonly BenchHost[], tasks: number): void {
  for (const host of hosts) {
    for (let task = 1; task <= tasks; task += 1) writeFileSync(join(folder(host), String(task)), `${task}\n`);
  }
}

function missingFiles(hosts: readonly BenchHost[], tasks: number): string | undefined {
  const bad = hosts.find((host) => !existsSync(folder(host)) || readdirSync(folder(host)).length !== tasks);
  return bad === undefined ? undefined : `${bad.name} does not have its ${tasks} files`;
}

/** Peers that differ from another only by one of the playbook's own settings are of interest where it has most to do. */
function peersOf({ hosts, tasks, roundTripMs = 0 }: Size, converged: boolean): readonly (keyof typeof taskRecipes)[] {
  const small = hosts * tasks <= 200 && roundTripMs === 0 && tasks < 200;
  const telling = roundTripMs === 0 && (tasks === 200 || hosts === 50);
  return [
    'floor',
    'playbook',
    ...(telling ? (['noPreflight', 'stateInMemory'] as const) : []),
    'controlMaster',
    'pssh',
    'mitogen',
    'ansible',
    ...(small ? (['ansibleDefault'] as const) : []),
    ...(roundTripMs > 0 && converged ? (['connect'] as const) : []),
  ];
}

function taskWork(size: Size, converged: boolean): Work {
  const { hosts, tasks, roundTripMs = 0 } = size;
  const far = roundTripMs === 0 ? '' : `, ${roundTripMs} ms away`;
  const state = converged ? 'all as wanted' : 'all to do';
  return {
    id: `${hosts}x${tasks}${roundTripMs === 0 ? '' : `-${roundTripMs}ms`}-${converged ? 'converged' : 'changed'}`,
    title: `${hosts} ${hosts === 1 ? 'host' : 'hosts'} x ${tasks} tasks${far}, ${state}`,
    group: roundTripMs === 0 ? 'Tasks' : 'Tasks, with a long wire',
    hosts,
    roundTripMs,
    floor: 'floor',
    recipes: Object.fromEntries(
      peersOf(size, converged).map((peer) => [peer, (place: Place): Run => taskRecipes[peer](place, tasks)]),
    ),
    before: (place) => {
      clear(place.hosts);
      if (converged) fill(place.hosts, tasks);
    },
    wrong: (place) => missingFiles(place.hosts, tasks),
  };
}

const sizes: readonly Size[] = [
  { hosts: 1, tasks: 20 },
  { hosts: 1, tasks: 200 },
  { hosts: 10, tasks: 20 },
  { hosts: 50, tasks: 20 },
  { hosts: 200, tasks: 5 },
  { hosts: 1, tasks: 200, roundTripMs: 10 },
  { hosts: 10, tasks: 20, roundTripMs: 10 },
  { hosts: 1, tasks: 200, roundTripMs: 50 },
  { hosts: 10, tasks: 20, roundTripMs: 50 },
];

/** All works, in the order of the page. */
export const works: readonly Work[] = [
  ...sizes.flatMap((size) => [taskWork(size, true), taskWork(size, false)]),
  ...fileWorks,
  ...startWorks,
  ...promotionWorks,
];
