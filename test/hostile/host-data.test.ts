// Data from hosts stays data: a host that was taken over says templates, conditions, names of ours and sequences of terminals
// in every field that it controls; the shipped program shows and passes on what it said, byte by byte, and does no more.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stamped } from '../../src/core/event.js';
import { columnNames, fileNames, hasScript, saidLines, startHostileHost } from '../rigs/hostile-host.js';
import type { HostileHost } from '../rigs/hostile-host.js';
import {
  reservedNamesToTry,
  templatePayloads,
  terminalPayloads,
  unsafeForTerminals,
  withoutDrawing,
} from '../rigs/payloads.js';

const files = ['site.yml', '-i', 'hosts.yml'];

type Finished = Extract<Stamped, { type: 'task.finished' }>;

function finishedIn(said: string): readonly Finished[] {
  const events = said.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Stamped] : []));
  return events.flatMap((event) => (event.type === 'task.finished' ? [event] : []));
}

/** Lines that a terminal would obey, told with how many there are. */
function obeyed(where: string, said: string): readonly string[] {
  const lines = said.split('\n');
  const hits = lines.filter((line) => unsafeForTerminals.test(line));
  console.log(`data from hosts: ${where}: ${lines.length} lines, ${hits.length} that a terminal would obey`);
  return hits.map((line) => JSON.stringify(line));
}

test('there is enough to try', () => {
  expect(templatePayloads.length).toBeGreaterThanOrEqual(200);
  expect(reservedNamesToTry.length).toBeGreaterThanOrEqual(60);
  expect(terminalPayloads.length).toBeGreaterThanOrEqual(100);
});

describe('a host that was taken over', { timeout: 60_000 }, () => {
  let host: HostileHost;
  beforeAll(async () => void (host = await startHostileHost()), 60_000);
  afterAll(() => host[Symbol.asyncDispose]());

  test('is believed nothing, and what it said arrives as it was', async () => {
    const { code, said } = await host.playbook('run', ...files, '--diff', '--output', 'jsonl');
    const events = finishedIn(said);
    const wrong = events.filter(({ status }) => !['ok', 'changed', 'ignored'].includes(status));
    expect(wrong.map(({ name, failure }) => [name, failure])).toEqual([]);
    expect({ code, tasks: new Set(events.map(({ name }) => name)).size }).toEqual({ code: 0, tasks: 22 });

    const text = `${saidLines.join('\n')}\n`;
    expect(readFileSync(join(host.directory, 'copied'), 'utf8')).toBe(text);
    expect(readFileSync(join(host.directory, 'filled'), 'utf8')).toBe(text);
    const items = events.filter(({ name, item }) => name === 'told again' && item !== undefined);
    expect(items.map(({ message }) => message)).toEqual(saidLines.filter((_, index) => index % 8 === 7));

    const columns = JSON.parse(readFileSync(join(host.directory, 'columns'), 'utf8')) as Record<string, string>;
    expect(Object.entries(columns)).toEqual(columnNames.map((name) => [name, '{{canary}}']));
    const listed = events.find(({ name }) => name === 'names')?.result?.['stdout_lines'] as readonly string[];
    expect(listed.toSorted()).toEqual(fileNames.toSorted());
    expect(existsSync(join(host.directory, 'CANARY'))).toBe(false);
    expect(readdirSync(host.directory).filter((name) => /polluted|pwned/.test(name))).toEqual([]);
    console.log(
      `data from hosts: ${templatePayloads.length} templates, ${reservedNamesToTry.length} reserved names and ` +
        `${terminalPayloads.length} sequences in output, errors, banner, message of the day, names of files, links, rows, ` +
        'columns, errors of SQL, headers, JSON and keys of files: 0 evaluated, 0 changed on the way',
    );
  });

  test('moves no terminal, neither while it runs nor when it is told again', async () => {
    const { said } = await host.playbook('runs');
    const run = /^\S*\d{8}\S*/m.exec(said)?.[0] ?? '';
    for (const output of ['lines', 'tree', 'jsonl']) {
      const told = await host.playbook('report', run, '--output', output, '-v');
      expect(told.said.length).toBeGreaterThan(10_000);
      expect(obeyed(`told in ${output}`, told.said)).toEqual([]);
    }
    expect(obeyed('the run shown', (await host.playbook('runs', run)).said)).toEqual([]);
  });

  test.skipIf(!hasScript())('moves no terminal that is one', async () => {
    const said = await host.atTerminal('run', ...files, '--diff');
    expect(said).toContain('Recap');
    expect(obeyed('at a terminal', withoutDrawing(said))).toEqual([]);
  });
});
