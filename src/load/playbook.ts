// A playbook file and all that it imports, as one checked value. Every problem of every file is found in one go,
// before anything is connected to.
import { dirname } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.js';
import { error, warning } from '../core/diagnostic.js';
import type { AnyModule } from '../core/module.js';
import type { Param, Play, Playbook } from '../core/playbook.js';
import { andThen, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { Fields } from './fields.js';
import { readSource } from './files.js';
import { nothingInherited, tagsOf, variablesOf } from './inherit.js';
import { importPlaybookKeywords, playbookKeywords } from './keywords.js';
import { atPlaybook, openImport } from './loading.js';
import type { Here, Loading } from './loading.js';
import { showNode } from './mistakes.js';
import type { MapNode, Node } from './node.js';
import { readParam } from './params.js';
import { readPlay } from './play.js';
import type { AroundPlay } from './play.js';
import { Problems } from './problems.js';
import { optional } from './task.js';
import { refuseUnknownKeys } from './unknown-keys.js';
import { parseYaml } from './yaml.js';

/**
 * A playbook, and what should be said about it though it can be read. A local file that a task lacks is an error among
 * the warnings: it keeps the playbook from running, and not its other words from being checked.
 */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  readonly warnings: readonly Diagnostic[];
}

/** Reads and checks a playbook file with all its imports, variable files, templates and scripts. */
export function loadPlaybook(path: string, modules: ReadonlyMap<string, AnyModule>): Result<LoadedPlaybook> {
  return andThen(readSource(path), (source) =>
    andThen(parseYaml(source), (node) => {
      const problems = new Problems();
      const loading: Loading = { modules, problems, root: dirname(path), ids: new Set(), followed: { imports: 0 } };
      const around: AroundPlay = { inherited: nothingInherited, weaker: [], stronger: [] };
      const read = readFile(node, around, atPlaybook(source), loading);
      return andThen(problems.orElse(read), (content) =>
        ok({ playbook: { path, directory: dirname(path), ...content }, warnings: problems.all }),
      );
    }),
  );
}

type Content = Omit<Playbook, 'path' | 'directory'>;

function readFile(node: Node, around: AroundPlay, here: Here, loading: Loading): Content {
  if (node.kind === 'list') return readPlays(node.items, [], around, here, loading);
  if (node.kind === 'map') return readHead(node, around, here, loading);
  loading.problems.add(
    error('playbook/wrong-value', `a playbook must be a list of plays, not ${showNode(node)}`, node.span, {
      hint: 'start each play with `- name: ...`',
    }),
  );
  return { params: [], plays: [] };
}

function readHead(map: MapNode, around: AroundPlay, here: Here, loading: Loading): Content {
  const { problems } = loading;
  if (map.get('hosts') !== undefined || map.get('tasks') !== undefined) {
    problems.add(
      error('playbook/wrong-value', 'a play must be an item of a list', map.entries[0]?.keySpan, {
        hint: 'start it with `- `, and indent the rest',
      }),
    );
    return { params: [], plays: [] };
  }
  refuseUnknownKeys(map, playbookKeywords, 'a playbook', problems);
  const fields = new Fields<keyof typeof playbookKeywords>(map, problems);
  const params = fields.mapOf('params')?.entries.flatMap((entry) => readParam(entry, problems) ?? []) ?? [];
  const plays = fields.list('plays');
  if (map.get('plays') === undefined) {
    problems.add(
      error('playbook/missing-key', 'this playbook has no `plays`', map.entries[0]?.keySpan ?? map.span, {
        hint: 'add `plays:` and a list of plays',
      }),
    );
  }
  const weaker = [...params.flatMap((param) => param.default ?? []), ...variablesOf(fields, 'playbook vars', problems)];
  const head = optional({ name: fields.text('name'), description: fields.text('description') });
  if (plays === undefined) return { ...head, params, plays: [] };
  return { ...head, ...readPlays(plays, params, { ...around, weaker: [...around.weaker, ...weaker] }, here, loading) };
}

type Plays = Pick<Playbook, 'params' | 'plays'>;

function readPlays(
  nodes: readonly Node[],
  params: readonly Param[],
  around: AroundPlay,
  here: Here,
  loading: Loading,
): Plays {
  const parts = nodes.map((node): Plays => {
    if (node.kind === 'map' && node.get('import_playbook') !== undefined)
      return readImport(node, around, here, loading);
    if (node.kind === 'map') {
      const play = readPlay(node, around, here, loading);
      return { params: [], plays: play === undefined ? [] : [play] };
    }
    loading.problems.add(
      error('playbook/wrong-value', `a play must be a map, not ${showNode(node)}`, node.span, {
        hint: 'write `- name: ...`, with `hosts` and `tasks` below it',
      }),
    );
    return { params: [], plays: [] };
  });
  const plays: readonly Play[] = parts.flatMap((part) => part.plays);
  if (nodes.length === 0) {
    loading.problems.add(
      warning('playbook/no-plays', 'this playbook has no plays', { source: here.source, start: 0, end: 0 }),
    );
  }
  return { params: firstOfName([...params, ...parts.flatMap((part) => part.params)]), plays };
}

/** The plays of another playbook in the place of the import, with what the import says about them. */
function readImport(map: MapNode, around: AroundPlay, here: Here, loading: Loading): Plays {
  const { problems } = loading;
  const none: Plays = { params: [], plays: [] };
  refuseUnknownKeys(map, importPlaybookKeywords, 'an import of a playbook', problems);
  const fields = new Fields<keyof typeof importPlaybookKeywords>(map, problems);
  fields.text('name');
  const { inherited } = around;
  const given = variablesOf(fields, 'import vars', problems);
  const inner: AroundPlay = {
    inherited: {
      ...inherited,
      when: [...inherited.when, ...fields.conditions('when')],
      tags: [...new Set([...inherited.tags, ...tagsOf(fields, problems)])],
    },
    weaker: around.weaker,
    stronger: [...given, ...around.stronger],
  };
  const name = fields.text('import_playbook');
  const entry = fields.entry('import_playbook');
  if (name === undefined || entry === undefined) return none;
  const opened = openImport(name, entry.value.span, { here, loading, asPlaybook: true });
  if (opened === undefined) return none;
  const { params, plays } = readFile(opened.node, inner, opened.here, loading);
  return { params: params.filter((param) => !given.some((each) => each.name === param.name)), plays };
}

function firstOfName(params: readonly Param[]): readonly Param[] {
  return params.filter((param, index) => params.findIndex((each) => each.name === param.name) === index);
}
