// What the command line asks of the lab: up, down, status, cut, heal. The lab itself runs in a daemon, so every command
// finds it again by the files in its directory.
import { fork } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Result } from '../core/result.js';
import { askControl } from './control.js';
import type { DaemonMessage } from './daemon.js';
import { asResult, LabProblem, problem } from './problem.js';
import { endProcess, identify, isAlive } from './processes.js';
import { programFile } from './sandbox.js';
import { readMarker, readState, type LabState } from './state.js';
import { applianceStatus, type ApplianceStatus } from './status.js';
import { tearDown } from './tear-down.js';

/** Which lab: its directory, `.lab` in the current one unless said otherwise. */
export interface LabPlace {
  readonly directory?: string;
}

/** Which lab to start, and with which appliances (`spa` and `spb` unless said otherwise). */
export interface LabUpOptions extends LabPlace {
  readonly hosts?: readonly string[];
}

/** Which appliance of which lab. */
export interface LabHostOptions extends LabPlace {
  readonly host: string;
}

/** How a lab stands. */
export interface LabStatus {
  readonly state: LabState;
  /** False when the appliances' ssh servers are gone, for instance after the daemon was killed. */
  readonly daemonRuns: boolean;
  readonly appliances: readonly ApplianceStatus[];
}

const STOP_MS = 20_000;
const DEFAULT_HOSTS = 'spa,spb';

function directoryOf(place: LabPlace): string {
  return resolve(place.directory ?? '.lab');
}

/** Starts a lab in the background; resolves when rows flow between its appliances. */
export function labUp(options: LabUpOptions = {}): Promise<Result<LabState>> {
  return asResult(async () => {
    const directory = directoryOf(options);
    await clearRemains(directory);
    const message = await startDaemon(directory, options.hosts?.join(',') ?? DEFAULT_HOSTS);
    if (message.kind === 'failed') throw new LabProblem(message.diagnostic);
    return runningState(directory);
  });
}

async function clearRemains(directory: string): Promise<void> {
  const marker = readMarker(directory);
  if (marker === undefined) return;
  if (isAlive(marker.process)) {
    const message = `a lab is already running in \`${directory}\` (process ${marker.process.pid})`;
    throw problem('lab/already-running', message, 'use it, or end it with `playbook lab down`');
  }
  await tearDown(directory);
}

async function startDaemon(directory: string, hosts: string): Promise<DaemonMessage> {
  const created = !existsSync(directory);
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, 'daemon.log');
  const log = openSync(logFile, 'a');
  const daemon = fork(programFile('daemon'), [directory, hosts], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const message = await new Promise<DaemonMessage>((resolveMessage) => {
    // IPC carries plain data of any kind; this daemon sends only this one.
    daemon.once('message', (received) => resolveMessage(received as DaemonMessage));
    daemon.once('error', (reason) => resolveMessage(endedEarly(logFile, reason.message)));
    daemon.once('exit', (code, signal) => resolveMessage(endedEarly(logFile, code ?? signal)));
  });
  if (daemon.connected) daemon.disconnect();
  daemon.unref();
  if (message.kind === 'failed') removeRemains(directory, logFile, created);
  return message;
}

function endedEarly(logFile: string, why: number | string | null): DaemonMessage {
  const tail = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join(' / ') : '';
  const hint = tail === '' ? undefined : tail;
  return {
    kind: 'failed',
    diagnostic: error('lab/not-started', `the lab's daemon ended (${why})`, undefined, { hint }),
  };
}

function removeRemains(directory: string, logFile: string, created: boolean): void {
  rmSync(logFile, { force: true });
  if (created) rmSync(directory, { recursive: true, force: true });
}

function runningState(directory: string): LabState {
  const state = readState(directory);
  if (state !== undefined) return state;
  throw problem('lab/not-running', `no lab is running in \`${directory}\``, 'start one with `playbook lab up`');
}

/** Ends a lab and removes every trace; the value is false when there was none. */
export function labDown(place: LabPlace = {}): Promise<Result<boolean>> {
  return asResult(async () => {
    const directory = directoryOf(place);
    const marker = readMarker(directory);
    if (marker === undefined) return false;
    if (isAlive(marker.process) && !marker.detached) {
      const message = `the lab in \`${directory}\` belongs to process ${marker.process.pid}, which has other work`;
      throw problem('lab/not-a-daemon', message, 'end that process');
    }
    await endProcess(marker.process, 'SIGTERM', STOP_MS);
    await tearDown(directory);
    return true;
  });
}

/** How a lab and its appliances stand; the value is undefined when none is up. */
export function labStatus(place: LabPlace = {}): Promise<Result<LabStatus | undefined>> {
  return asResult(async () => {
    const state = readState(directoryOf(place));
    if (state === undefined) return undefined;
    const daemonRuns = identify(state.process.pid)?.startTime === state.process.startTime;
    const cut = daemonRuns ? await askControl(state.controlSocket, 'cut-hosts').catch(() => []) : [];
    const appliances = await Promise.all(
      state.appliances.map((each) => applianceStatus(each, cut.includes(each.host))),
    );
    return { state, daemonRuns, appliances };
  });
}

/** Pulls the network cable of an appliance; answers all that are cut off now. */
export function labCut(options: LabHostOptions): Promise<Result<readonly string[]>> {
  return asResult(() => askControl(runningState(directoryOf(options)).controlSocket, 'cut', options.host));
}

/** Plugs the network cable of an appliance in again; answers all that are still cut off. */
export function labHeal(options: LabHostOptions): Promise<Result<readonly string[]>> {
  return asResult(() => askControl(runningState(directoryOf(options)).controlSocket, 'heal', options.host));
}
