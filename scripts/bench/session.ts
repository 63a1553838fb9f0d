// Measures works: per round every peer once, in an order that turns, so that all of them see the same machine.
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { startBenchLab } from './bench-lab.js';
import { moveAway } from './far-hosts.js';
import type { Ground } from './ground.js';
import { lastWords, measure, type Command, type Measured } from './measure.js';
import { lookFor, peerNames, type PeerId } from './peers.js';
import { makePlace, shownOf, type Place } from './place.js';
import type { Figures, Row } from './results.js';
import { rounded } from './statistics.js';
import type { Work } from './work.js';

/** How works are measured. */
export interface Manner {
  readonly checkout: string;
  readonly rounds: number;
  /** A peer that has used up so many seconds in a row is not asked again in that row. */
  readonly patienceSeconds: number;
  /** Peers that are measured; all when it is empty. */
  readonly peers: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Contender {
  readonly id: PeerId;
  readonly version: string;
  readonly command: Command;
  readonly shown: string;
  readonly measured: Measured[];
}

/** What is there to be measured in a row, and what is not. */
function contenders(
  work: Work,
  place: Place,
  { checkout, peers }: Manner,
  missing: Map<string, string>,
): readonly Contender[] {
  const wanted = (id: PeerId): boolean => peers.length === 0 || id === work.floor || peers.includes(id);
  return (Object.keys(work.recipes) as PeerId[]).filter(wanted).flatMap((id) => {
    const found = lookFor(id, checkout);
    if ('missing' in found) {
      missing.set(peerNames[id], found.missing);
      return [];
    }
    const run = work.recipes[id]?.(place);
    if (run === undefined) return [];
    const command = {
      argv: run.argv,
      environment: { ...place.environment, ...run.environment },
      directory: place.directory,
      mark: place.directory,
      outputFile: join(place.directory, 'output'),
    };
    return [{ id, version: found.version, command, shown: shownOf(run, place), measured: [] }];
  });
}

const secondsOf = ({ measured }: Contender): number => measured.reduce((sum, { seconds }) => sum + seconds, 0);

async function once(work: Work, place: Place, contender: Contender, manner: Manner): Promise<void> {
  work.before(place);
  const measured = await measure(contender.command);
  manner.signal.throwIfAborted();
  const problem = measured.exitCode === 0 ? work.wrong(place) : `exit code ${measured.exitCode}`;
  if (problem !== undefined) {
    throw new Error(
      `${peerNames[contender.id]}, ${work.title}: ${problem}\n${contender.shown}\n${lastWords(contender.command)}`,
    );
  }
  contender.measured.push(measured);
}

function figuresOf({ measured, shown }: Contender, rounds: number, failure: string | undefined): Figures {
  const most = (of: (each: Measured) => number): number => Math.max(0, ...measured.map(of));
  const few = measured.length < rounds ? 'slow, so it had fewer rounds' : undefined;
  const note = failure ?? few;
  return {
    seconds: measured.map(({ seconds }) => Number(seconds.toFixed(3))),
    cpuSeconds: measured.map(({ cpuSeconds }) => Number(cpuSeconds.toFixed(2))),
    largestMb: Math.round(most(({ largestMb }) => largestMb)),
    togetherMb: Math.round(most(({ togetherMb }) => togetherMb)),
    command: shown,
    ...(note === undefined ? {} : { note }),
  };
}

/** Measures one work on hosts that are there. */
async function measureAt(work: Work, place: Place, manner: Manner, missing: Map<string, string>): Promise<Row> {
  const load = Number(loadavg()[0]?.toFixed(2));
  const at = new Date().toISOString();
  const all = contenders(work, place, manner, missing);
  const failed = new Map<PeerId, string>();
  const rounds = manner.rounds * (work.roundsTimes ?? 1);
  for (let round = 0; round < rounds; round += 1) {
    const turned = [...all.slice(round % all.length), ...all.slice(0, round % all.length)];
    for (const contender of turned) {
      if (failed.has(contender.id) || secondsOf(contender) > manner.patienceSeconds) continue;
      manner.signal.throwIfAborted();
      await once(work, place, contender, manner).catch((thrown: Error) => {
        manner.signal.throwIfAborted();
        failed.set(contender.id, `failed: ${thrown.message.split('\n')[0]}`);
        manner.say(thrown.message);
      });
    }
  }
  const told = all.filter(({ id, measured }) => measured.length > 0 || failed.has(id));
  for (const { id, measured } of told) {
    manner.say(`  ${peerNames[id].padEnd(34)} ${measured.map(({ seconds }) => rounded(seconds)).join('  ')}`);
  }
  return {
    id: work.id,
    title: work.title,
    group: work.group,
    floor: work.floor,
    at,
    load,
    versions: Object.fromEntries(told.map(({ id, version }) => [id, version])),
    figures: Object.fromEntries(told.map((each) => [each.id, figuresOf(each, rounds, failed.get(each.id))])),
  };
}

/** Measures one work. */
export async function measureWork(
  work: Work,
  ground: Ground | undefined,
  manner: Manner,
  missing: Map<string, string>,
): Promise<Row> {
  manner.say(work.title);
  const near = (ground?.hosts ?? []).slice(0, work.hosts);
  await using far = work.roundTripMs === 0 ? undefined : await moveAway(near, work.roundTripMs);
  await using lab = work.lab === true ? await startBenchLab(manner.checkout) : undefined;
  using place = makePlace(far?.hosts ?? near, ground?.privateKeyFile ?? '', manner.checkout, lab);
  const row = await measureAt(work, place, manner, missing);
  return far === undefined ? row : { ...row, roundTripMs: far.roundTripMs };
}
