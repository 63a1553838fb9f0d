// Playbooks on a real disk, in a directory that goes away, and problems as one line each.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Diagnostic } from '../../../src/core/diagnostic.js';
import type { Playbook, Step, Task } from '../../../src/core/playbook.js';
import type { Result } from '../../../src/core/result.js';
import { positionOf } from '../../../src/core/source.js';
import { loadPlaybook } from '../../../src/load/playbook.js';
import type { LoadedPlaybook } from '../../../src/load/playbook.js';
import { modules } from './modules.js';

/** A directory with these files, until the test ends. */
export function directoryOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-load-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

/** Loads `p.yml` of these files. */
export function load(files: string | Readonly<Record<string, string | Uint8Array>>): Result<LoadedPlaybook> {
  return loadPlaybook(join(directoryOf(typeof files === 'string' ? { 'p.yml': files } : files), 'p.yml'), modules);
}

/** The playbook of these files, which must be right. */
export function playbookOf(files: Parameters<typeof load>[0]): Playbook {
  const loaded = load(files);
  if (!loaded.ok) throw new Error(tell(loaded.problems).join('\n'));
  return loaded.value.playbook;
}

/** The problems of these files, one line each: code, place, message, hint. */
export function problemsOf(files: Parameters<typeof load>[0]): readonly string[] {
  const loaded = load(files);
  return tell(loaded.ok ? loaded.value.warnings : loaded.problems);
}

/** Problems as lines: `code file:line:column message | hint`; the file is said unless it is `p.yml`. */
export function tell(problems: readonly Diagnostic[]): readonly string[] {
  return problems.map(({ code, span, message, hint }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : positionOf(span.source, span.start);
    const file = span?.source.path.replace(/^.*playbook-load-[^/]*\//, '').replace(/^p\.yml$/, '') ?? '';
    return `${code} ${file === '' ? '' : `${file}:`}${line}:${column} ${message} | ${hint ?? ''}`;
  });
}

/** A playbook of one play with these tasks, each line of which is indented by four. The first task is on line 3. */
export function playWith(tasks: string): string {
  return `- hosts: all\n  tasks:\n${tasks.replaceAll(/^(?=.)/gm, '    ')}`;
}

/** Every task of a playbook, in order, blocks opened. */
export function tasksOf(playbook: Playbook): readonly Task[] {
  const inside = (steps: readonly Step[]): readonly Task[] =>
    steps.flatMap((step) => (step.kind === 'task' ? [step] : inside([...step.steps, ...step.rescue, ...step.always])));
  return playbook.plays.flatMap((play) => inside(play.steps));
}
