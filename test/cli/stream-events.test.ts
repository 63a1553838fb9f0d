import { expect, test } from 'vitest';
import { createEmit } from '../../src/cli/stream-events.js';
import { clock } from '../../src/cli/clock.js';
import { Redactor } from '../../src/core/redact.js';
import type { Event, Stamped } from '../../src/core/event.js';

const warned: Event = { type: 'run.warned', message: 'the password is hunter22' };
const applying: Event = { type: 'task.applying', task: 't', host: 'spb' };

function road(append: (event: Stamped) => Promise<void>) {
  const shown: Stamped[] = [];
  const lost: unknown[] = [];
  const redactor = new Redactor();
  redactor.add('hunter22');
  const emit = createEmit({
    run: 'r1',
    redactor,
    clock,
    journal: { length: 0, append },
    show: (event) => shown.push(event),
    lost: (_event, cause) => lost.push(cause),
  });
  return { emit, shown, lost, redactor };
}

test('an event is on disk before it is shown, numbered, and without secrets', async () => {
  const order: string[] = [];
  const { emit, shown } = road(async (event) => {
    await new Promise((resolve) => setTimeout(resolve, event.seq === 1 ? 30 : 0));
    order.push(`disk ${event.seq}`);
    expect(shown.map((each) => each.seq)).not.toContain(event.seq);
  });
  await Promise.all([emit(applying), emit(warned), emit(applying)]);
  expect(order).toContain('disk 1');
  expect(shown.map((event) => event.seq)).toEqual([1, 2, 3]);
  expect(shown[1]).toMatchObject({ v: 1, run: 'r1', message: 'the password is ********' });
});

test('a secret that is a word of the program does not break the event', async () => {
  const { emit, shown, redactor } = road(async () => undefined);
  for (const word of ['changed', 'task.finished', 'appliance', 'service']) redactor.add(word);
  await emit({
    type: 'task.finished',
    task: 't',
    name: 'x',
    module: 'service',
    host: 'appliance',
    status: 'changed',
    durationMs: 1,
    message: 'it is changed',
  });
  expect(shown[0]).toMatchObject({
    type: 'task.finished',
    host: 'appliance',
    status: 'changed',
    message: 'it is ********',
  });
});

/** Events with every part that an event can have. */
const events: readonly Event[] = [
  {
    type: 'task.planned',
    task: 't',
    host: 'spb',
    plan: { kind: 'change', change: { before: { mode: 'x hunter22' }, after: { mode: 'y' } } },
  },
  { type: 'task.planned', task: 't', host: 'spb', plan: { kind: 'refuse', message: 'x hunter22', hint: 'x' } },
  { type: 'task.retrying', task: 't', host: 'spb', attempt: 1234, left: 5678, reason: 'x hunter22' },
  {
    type: 'task.finished',
    task: 't',
    name: 'x hunter22',
    module: 'sql',
    host: 'spb',
    item: 'x',
    status: 'failed',
    durationMs: 1234,
    message: 'x',
    diff: { before: { mode: 'x' }, after: { mode: 'x' } },
    failure: {
      message: 'x hunter22',
      hint: 'x',
      details: { hunter22: ['x hunter22'] },
      location: { file: 'x', line: 5678, column: 1234 },
    },
  },
];

/** The names and kinds of an event, without its texts. */
const shapeOf = (event: unknown): string =>
  JSON.stringify(event, (key, value: unknown) =>
    typeof value === 'string' && key !== 'kind' && key !== 'type' ? 'text' : value,
  );

const words =
  'type task host module kind plan change refuse before after message hint reason attempt left name item status failed diff ' +
  'failure details location file line column durationMs task.planned 1234 5678';

test.each(words.split(' '))(
  'the secret `%s`, a word or number of every event, leaves events that reporters can read',
  async (word) => {
    const { emit, shown, redactor } = road(async () => undefined);
    redactor.add(word);
    for (const event of events) await emit(event);
    const frame = { v: 1, seq: expect.any(Number), at: 'text', run: 'text' };
    for (const [index, event] of events.entries()) {
      const told: unknown = JSON.parse(shapeOf(shown[index]).replaceAll('********', 'hunter22'));
      expect(told).toMatchObject({ ...(JSON.parse(shapeOf(event)) as object), ...frame });
    }
    expect(JSON.stringify(shown)).not.toContain('hunter22');
  },
);

test('when the disk refuses, no touch is allowed any more, and the run can still be told', async () => {
  let full = false;
  const { emit, shown, lost } = road(async () => {
    if (full) throw new Error('no space left on device');
  });
  await emit(applying);
  full = true;
  await expect(emit(applying)).rejects.toThrow('no space left');
  await expect(emit(applying)).rejects.toThrow('no space left');
  await emit(warned);
  expect(lost).toHaveLength(1);
  expect(shown.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
});
