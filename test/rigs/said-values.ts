// Texts as values of an inventory, and tasks that put them somewhere: loaded, resolved, rendered and bound by the product.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BoundModule } from '../../src/core/module.js';
import type { Task } from '../../src/core/playbook.js';
import type { Result } from '../../src/core/result.js';
import type { Scope } from '../../src/core/scope.js';
import { data } from '../../src/core/scope.js';
import type { Value } from '../../src/core/value.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';
import { braces, inYaml } from './naughty.js';
import { play } from './play-text.js';

/** Tasks that know the variable `values`. */
export interface Said {
  readonly tasks: readonly Task[];
  /** The module of a task with its arguments; `item` is the item of a loop. */
  readonly bind: (task: number, item?: Value) => Result<BoundModule>;
  /** What a task says of the environment. */
  readonly environment: (task: number) => Value;
}

/** Loads tasks (YAML of a list) and an inventory whose variable `values` is these texts; `files` lie beside them. */
export function said(values: readonly string[], tasks: string, files: Readonly<Record<string, string>> = {}): Said {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-said-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const lines = values.map((value) => `      - ${inYaml(value)}\n`).join('');
    const list = values.length === 0 ? 'values: []' : `values:\n${lines}`;
    const scope = scopeOf(directory, `all:\n  hosts: { a: { ${braces} } }\n  vars:\n    ${list}`);
    writeFileSync(join(directory, 'p.yml'), play(tasks));
    const loaded = held(loadPlaybook(join(directory, 'p.yml'), modules));
    const all = loaded.playbook.plays.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'task' ? [step] : [])),
    );
    const known = (index: number): Task => all[index] ?? raise(`there is no task ${index}`);
    return {
      tasks: all,
      bind: (task, item) =>
        known(task).bind(item === undefined ? scope : scope.with('task', [data('item', item, 'loop')])),
      environment: (task) => held(known(task).environment[0]?.render(scope) ?? raise('it says no environment')),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function scopeOf(directory: string, text: string): Scope {
  writeFileSync(join(directory, 'hosts.yml'), text);
  const inventory = held(loadInventory([join(directory, 'hosts.yml')]));
  return inventory.scopeOf(inventory.hosts.get('a') ?? raise(`there is no host a in ${dirname(directory)}`));
}

/** What a result holds; its problems are thrown. */
export function held<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  return raise(result.problems.map(({ code, message, hint }) => `${code} ${message} | ${hint ?? ''}`).join('\n'));
}

function raise(message: string): never {
  throw new Error(message);
}
