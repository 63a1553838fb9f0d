// Where a playbook wants a file of a host to be kept on this machine: below the directory of the playbook, or below an
// absolute path that is written out there. What values say can only choose names further down.
import { resolve } from 'node:path';
import { cut } from '../core/cut.js';
import { error } from '../core/diagnostic.js';
import { namesIn, objectionToPlace } from '../core/own-file.js';
import type { OwnPlace } from '../core/own-file.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Lookup } from '../core/template.js';
import type { PlacedArgument } from './argument-places.js';
import type { Place as Directory } from './find.js';
import type { ScalarNode } from './node.js';
import { compileText } from './template.js';

type Below = Pick<OwnPlace, 'root' | 'names'>;

/** Compiles the text of such a place. The last of the directories is that of the playbook. */
export function compileOwnPlace(node: ScalarNode, directories: readonly Directory[]): Result<PlacedArgument> {
  const playbook = resolve(directories.at(-1)?.directory ?? '.');
  return andThen(compileText(node), (template) => {
    const { needs } = template;
    const written = needs.length === 0 ? undefined : writtenOut(node);
    const place = (scope: Lookup): Result<OwnPlace> =>
      andThen(template.render(scope), (text) =>
        andThen(placeOf(text, playbook, written, node), (below) =>
          ok({ ...below, isDirectory: text.endsWith('/'), host: hostOf(scope) }),
        ),
      );
    // What is known is told before the run, with all else that is wrong.
    const known = needs.length === 0 ? place({ get: () => undefined, names: () => [] }) : undefined;
    return known?.ok === false ? known : ok<PlacedArgument>({ needs, render: place });
  });
}

/** What stands before the first template, up to its last `/`. */
function writtenOut(node: ScalarNode): string {
  return /^\/[^{\\]*\//.exec(String(node.value))?.[0] ?? '/';
}

/** The place that a text says; `written` is as much of it as no value has chosen, and nothing when none has. */
function placeOf(text: string, playbook: string, written: string | undefined, node: ScalarNode): Result<Below> {
  const below = text.startsWith('/') ? absolute(text, playbook, written) : { root: playbook, names: namesIn(text) };
  if (below === undefined) {
    return fail(
      error('file/outside', `\`${text}\` is outside the directory of the playbook`, node.span, {
        hint: 'write an absolute path out, from `/` to the first directory at least; values may name what is below it',
      }),
    );
  }
  const said = text === '' ? 'it is empty' : (tilde(text) ?? objectionToPlace(below));
  if (said === undefined) return ok(below);
  const hint = 'name a place below the directory of the playbook, or an absolute path without `..`';
  return fail(error('file/outside', `nothing can be kept at \`${cut(text, 100)}\`: ${said}`, node.span, { hint }));
}

function absolute(text: string, playbook: string, written: string | undefined): Below | undefined {
  const inside = playbook.endsWith('/') ? playbook : `${playbook}/`;
  if (text === playbook || text.startsWith(inside))
    return { root: playbook, names: namesIn(text.slice(playbook.length)) };
  const isChosen = written !== undefined && (namesIn(written).length === 0 || !text.startsWith(written));
  return isChosen ? undefined : { root: '/', names: namesIn(text) };
}

function tilde(text: string): string | undefined {
  return text.startsWith('~') ? 'no `~` is expanded' : undefined;
}

function hostOf(scope: Lookup): string {
  const name = scope.get('inventory_hostname');
  return name?.ok === true && typeof name.value === 'string' ? name.value : '';
}
