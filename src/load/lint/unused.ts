// Variables that a playbook defines and nothing uses: a leftover, or a typing mistake in the one place that matters.
import type { AnyModule } from '../../core/module.js';
import type { Playbook } from '../../core/playbook.js';
import { tasksOf } from '../../core/steps.js';
import type { Entry, Node } from '../node.js';
import { finding } from './finding.js';
import type { Finding } from './finding.js';
import { holdersOf } from './holders.js';
import type { Holder, LintFile } from './holders.js';
import { placedTexts } from './placed-texts.js';

/** What the search for unused variables is given. */
export interface UnusedInput {
  readonly playbook: Playbook;
  /** The files of the playbook. */
  readonly files: readonly LintFile[];
  /** The files of the inventory: its variables are resolved late and may use those of a play. */
  readonly inventory: readonly LintFile[];
  readonly modules: ReadonlyMap<string, AnyModule>;
  /** Variables that the runner itself reads, such as `ssh_user`. */
  readonly ownVariables: ReadonlySet<string>;
}

/** The `vars` of a playbook that nothing uses. */
export function lintUnused({ playbook, files, inventory, modules, ownVariables }: UnusedInput): readonly Finding[] {
  const holders = files.flatMap((file) => holdersOf(file, modules));
  // A template whose very name is a variable may use anything.
  if (holders.some(readsUnknownFile)) return [];
  const tasks = playbook.plays.flatMap((play) => [...tasksOf(play.steps), ...play.handlers]);
  const used = new Set([
    ...[...files, ...inventory].flatMap(({ node }) => namesIn(node, false)),
    ...tasks.flatMap((task) => task.needs.flatMap(({ path }) => path)),
  ]);
  const isUsed = ({ key }: Entry): boolean => used.has(key) || ownVariables.has(key) || key.startsWith('ansible_');
  return holders.flatMap(({ map, kind }) => {
    const vars = map.get('vars')?.value;
    const entries = vars?.kind === 'map' ? vars.entries.filter((each) => !isUsed(each)) : [];
    return entries.map(({ key, keySpan }) => {
      const hint = 'take it out, or mend its name where it is meant to be used';
      return finding('lint/unused-variable', `nothing uses the variable \`${key}\``, keySpan, {
        hint,
        ...(kind === 'task' ? { task: map.span } : {}),
      });
    });
  });
}

const conditions = new Set(['when', 'until', 'changed_when', 'failed_when', 'that']);

/** Every word in templates and conditions: more than the names of variables, and none of them less. */
function namesIn(node: Node, isCondition: boolean): readonly string[] {
  if (node.kind === 'list') return node.items.flatMap((each) => namesIn(each, isCondition));
  if (node.kind === 'map') {
    return node.entries.flatMap(({ key, value }) => [
      ...wordsIn(templatesIn(key)),
      ...namesIn(value, conditions.has(key)),
    ]);
  }
  if (typeof node.value !== 'string') return [];
  return wordsIn(isCondition ? node.value : templatesIn(node.value));
}

function templatesIn(text: string): string {
  return [...text.matchAll(/\{\{(.*?)\}\}/gs)].map(([, inside]) => inside ?? '').join(' ');
}

function wordsIn(text: string): readonly string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? [];
}

function readsUnknownFile(holder: Holder): boolean {
  return placedTexts(holder).some(
    ({ node, place }) => (place === 'template-file' || place === 'sql-file') && String(node.value).includes('{{'),
  );
}
