// A run is taken up on another machine: its journal and key were copied there, and that machine has another name. The host
// goes by the name and number of the run, so nothing is done twice, whoever sends it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

/** For `skipIf`: whether a machine of another name cannot be made here. A line says why; under CI they run, and fail. */
function skipsWithoutUts(): boolean {
  const tried = spawnSync('unshare', ['--uts', 'hostname', 'elsewhere'], { encoding: 'utf8' });
  if (tried.status === 0) return false;
  const reason = tried.error?.message ?? tried.stderr.trim();
  console.warn(`skipped: no machine of another name can be made here (${reason})`);
  return process.env['CI'] === undefined;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-elsewhere-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const program = join(projectRoot, 'bin/playbook');
/** Runs the program on the machine of that name, with a state directory of its own. */
function on(machine: string, ...words: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--uts', 'sh', '-c', 'hostname "$0"; exec "$@"', machine, process.execPath, program, ...words],
    {
      cwd: directory,
      env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, machine) },
      encoding: 'utf8',
    },
  );
  return { code: status, said: `${stdout}${stderr}` };
}

describe.skipIf(skipsWithoutUts())('a run that goes on elsewhere', () => {
  test('does what is left, is told who it is, and the first machine can do nothing more', { timeout: 60_000 }, () => {
    const at = (name: string): string => join(directory, name);
    writeFileSync(
      at('hosts.yml'),
      `all: { hosts: { here: { connection: local, state_directory: ${at('host-state')} } } }\n`,
    );
    // Past a point of no return the host stays with the run.
    writeFileSync(
      at('site.yml'),
      `- hosts: all
  tasks:
    - { name: First, shell: "echo first >>${at('out')}", point_of_no_return: true }
    - { name: Second, shell: "test -e ${at('mended')} && echo second >>${at('out')}" }
`,
    );
    const first = on('laptop', 'run', 'site.yml', '-i', 'hosts.yml', '--confirm', 'no return for here');
    expect([first.code, first.said]).toEqual([exitCode.failed, expect.stringContaining('PLAY RECAP')]);
    const run = readdirSync(at('laptop/runs'))[0]?.split('.')[0] ?? '';
    mkdirSync(at('desktop/runs'), { recursive: true, mode: 0o700 });
    const journal = `${run}.jsonl`;
    cpSync(at(`laptop/runs/${journal}`), at(`desktop/runs/${journal}`));
    // Without its key nobody can tell whether the input is the same.
    const keyless = on('desktop', 'resume', run);
    expect([keyless.code, keyless.said]).toEqual([exitCode.stale, expect.stringContaining('`.key` file')]);
    cpSync(at(`laptop/runs/${run}.key`), at(`desktop/runs/${run}.key`));
    const second = on('desktop', 'resume', run);
    expect([second.code, second.said]).toEqual([
      exitCode.failed,
      expect.stringMatching(/taken up by \S+@desktop, life 2/),
    ]);
    // The copy that stayed behind counts to the same number, and the host knows that it is another life.
    const stale = on('laptop', 'resume', run);
    expect([stale.code, stale.said]).toEqual([
      exitCode.stale,
      expect.stringMatching(/taken up again elsewhere.*@desktop/),
    ]);
    writeFileSync(at('mended'), '');
    expect(on('desktop', 'resume', run).code).toBe(exitCode.done);
    expect(readFileSync(at('out'), 'utf8')).toBe('first\nsecond\n');
    expect(hostname()).not.toBe('desktop');
  });
});
