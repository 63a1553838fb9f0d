// A stream between two commands: every byte once, the end only after a good end of its source, and whichever side goes
// first takes the other with it, with both exit codes told.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/connection.js';
import type { CommandResult } from '../../src/core/module.js';
import { WorldError } from '../../src/core/world-error.js';
import { joined } from '../../src/engine/stream.js';
import type { Sink, Source } from '../../src/engine/stream.js';
import { fakeClock } from '../rigs/fake-clock.js';
import { temporaryDirectory } from '../rigs/local-hands.js';
import { sensesHere } from '../rigs/local-senses.js';
import { worldError } from '../rigs/outcome.js';

const shell = (script: string): Command => ({ kind: 'shell', script });
const stream = (source: string, sink: string, timeoutMs = 20_000) =>
  sensesHere({ timeoutMs }).stream({ host: 'other', command: shell(source) }, shell(sink));

describe('a stream between two commands', () => {
  it('carries every byte, counted and digested, and tells both ends', async () => {
    const result = await stream('head -c 30000000 /dev/zero; echo from >&2', 'sha256sum; echo to >&2');
    const digest = createHash('sha256').update(Buffer.alloc(30_000_000)).digest('hex');
    expect(result).toMatchObject({ bytes: 30_000_000, sha256: digest });
    expect(result.source).toEqual({ rc: 0, stdout: '', stderr: 'from\n' });
    expect(result.sink).toMatchObject({ rc: 0, stderr: 'to\n' });
    expect(result.sink.stdout).toContain(digest);
  });

  it('carries nothing at all', async () => {
    expect(await stream('true', 'wc -c')).toMatchObject({ bytes: 0, sink: { stdout: '0\n' } });
  });

  it('never lets a source that failed look like one that ended', async () => {
    await using directory = await temporaryDirectory();
    const marker = join(directory.path, 'took it for the whole');
    const error = await worldError(stream('echo half; echo broken >&2; exit 4', `cat >/dev/null; touch '${marker}'`));
    expect(error).toMatchObject({
      kind: 'failed',
      details: { source: 'other', source_rc: 4, source_stderr: 'broken', sink: 'here', bytes: 5 },
    });
    expect(error.message).toContain('on `other`: the command ended with exit code 4');
    expect(existsSync(marker)).toBe(false);
  });

  it('ends the source when the sink fails', async () => {
    const error = await worldError(stream('cat /dev/zero', 'head -c 1000 >/dev/null; echo full >&2; exit 3'));
    expect(error).toMatchObject({ kind: 'failed', details: { sink_rc: 3, sink_stderr: 'full', source: 'other' } });
    expect(String(error.details['source_ended'])).toContain('was ended');
  });

  it('takes no sink at its word that ends before the stream', async () => {
    const error = await worldError(stream('cat /dev/zero', 'head -c 1000 >/dev/null'));
    expect(error).toMatchObject({ kind: 'failed', details: { sink_rc: 0 } });
    expect(error.message).toBe('the command on `here` ended before it had read all of the stream');
  });

  it('holds little, however slow the sink', async () => {
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 20);
    const { bytes } = await stream('head -c 200000000 /dev/zero', 'sleep 1; cat >/dev/null');
    clearInterval(watch);
    expect(bytes).toBe(200_000_000);
    expect(most).toBeLessThan(80_000_000);
  });

  it('is over its time on both sides', async () => {
    const error = await worldError(stream('cat /dev/zero', 'cat >/dev/null', 1_500));
    expect(['in-doubt', 'failed']).toContain(error.kind);
    expect(error.message).toContain('timed out');
  });
});

const good: CommandResult = { rc: 0, stdout: '', stderr: '' };
const fails = (error: WorldError) => () => Promise.reject(error);
const lost = (kind: WorldError['kind'], details = {}) => new WorldError(kind, 'the link was lost', { details });
const endless: Source['run'] = async ({ onStdout }) => {
  for (;;) await onStdout(Buffer.alloc(65_536));
};
const drains: Sink['run'] = async ({ stdin }) => {
  for await (const _ of stdin);
  return good;
};
const ended: Sink['run'] = async ({ stdin }) => {
  try {
    for await (const _ of stdin);
  } catch {
    throw lost('in-doubt', { ended: true });
  }
  return good;
};
const notEnded: Sink['run'] = async ({ stdin }) => {
  try {
    for await (const _ of stdin);
  } catch {
    throw lost('in-doubt', { ended: false });
  }
  return good;
};

describe('what a broken stream means', () => {
  const world = { clock: fakeClock(), stopping: new AbortController().signal, onProgress: undefined };

  it.each([
    ['the source is lost and the sink was ended', fails(lost('unreachable')), ended, 'failed'],
    ['the source is lost and the sink may live', fails(lost('unreachable')), notEnded, 'in-doubt'],
    ['the sink is lost', endlessUntilRefused(endless), fails(lost('in-doubt')), 'in-doubt'],
    ['the sink was never started', endlessUntilRefused(endless), fails(lost('unreachable')), 'unreachable'],
    ['the operator stops', fails(lost('interrupted')), ended, 'interrupted'],
  ] as const)('%s', async (_, source, sink, kind) => {
    const error = await worldError(joined({ host: 'a', run: source }, { host: 'b', run: sink }, world));
    expect(error).toMatchObject({ kind, details: { source: 'a', sink: 'b' } });
  });

  it('tells of its progress once a second, and at the end', async () => {
    const told: number[] = [];
    const clock = fakeClock();
    const source: Source['run'] = async ({ onStdout }) => {
      for (let at = 0; at < 30; at += 1) {
        clock.nowMs += 100;
        await onStdout(Buffer.alloc(10));
      }
      return good;
    };
    await joined(
      { host: 'a', run: source },
      { host: 'b', run: drains },
      { ...world, clock, onProgress: (bytes) => told.push(bytes) },
    );
    expect(told).toEqual([100, 200, 300, 300]);
  });
});

/** A source that stops with a failure once nobody wants more, as a command that is ended does. */
function endlessUntilRefused(run: Source['run']): Source['run'] {
  return (streams) =>
    run(streams).catch(() => Promise.reject(new WorldError('failed', 'ended', { details: { ended: true } })));
}
