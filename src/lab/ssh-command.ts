// Running a real command for an ssh channel, with sshd's manners: exit status as soon as it ends, the channel closed
// when its last output is out, its whole process group ended when the client goes first.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { ServerChannel } from 'ssh2';
import { signalGroup } from './processes.js';

/** Where and with what surroundings commands run. */
export interface CommandPlace {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Told of every process group that was started, and of its leader's end. */
  readonly onStart: (groupId: number) => void;
  readonly onEnd: (groupId: number) => void;
}

/** A command that was started. */
export interface RunningCommand {
  signal(name: NodeJS.Signals): void;
}

const HANGUP_GRACE_MS = 300;

function reportExit(channel: ServerChannel, code: number | null, signal: NodeJS.Signals | null): void {
  try {
    if (signal === null) channel.exit(code ?? 1);
    else channel.exit(signal);
  } catch {
    // The protocol has no name for a few signals; 128 + a number is what a shell would say.
    channel.exit(128);
  }
}

function connectStreams(channel: ServerChannel, child: ChildProcessWithoutNullStreams): void {
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  // A command may close its input early, and a client its channel: neither is an error of this process.
  for (const stream of [child.stdin, child.stdout, child.stderr, channel]) stream.on('error', () => undefined);
}

/** Starts `argv` for a channel; null bytes and other things that cannot be run end it with 127. */
export function runCommand(
  channel: ServerChannel,
  argv: readonly [string, ...string[]],
  place: CommandPlace,
): RunningCommand {
  const [program, ...rest] = argv;
  let child: ChildProcessWithoutNullStreams;
  try {
    child = spawn(program, rest, { cwd: place.directory, env: place.environment, detached: true });
  } catch {
    channel.exit(127);
    channel.end();
    return { signal: () => undefined };
  }
  const groupId = child.pid;
  let ended = false;
  if (groupId !== undefined) place.onStart(groupId);
  connectStreams(channel, child);
  child.on('error', () => reportExit(channel, 127, null));
  child.on('exit', (code, signal) => {
    ended = true;
    if (groupId !== undefined) place.onEnd(groupId);
    reportExit(channel, code, signal);
  });
  child.on('close', () => channel.end());
  const signal = (name: NodeJS.Signals): void => {
    if (groupId !== undefined && !ended) signalGroup(groupId, name);
  };
  channel.on('close', () => {
    signal('SIGHUP');
    setTimeout(() => signal('SIGKILL'), HANGUP_GRACE_MS).unref();
  });
  return { signal };
}
