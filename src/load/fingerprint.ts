// The input of a run in pieces, each with a digest that tells nothing of its content: tasks, variables, hosts, files, words
// of the command line. Comments, blank lines and quotes are in no piece, so that only what means something counts.
import { createHmac } from 'node:crypto';
import type { Definition } from '../core/scope.js';
import type { Entry, Node } from './node.js';
import type { FileRead } from './reads.js';

/** Keys below which a piece is looked for one level deeper. */
const structure = new Set([
  'plays',
  'tasks',
  'handlers',
  'block',
  'rescue',
  'always',
  'all',
  'children',
  'hosts',
  'vars',
  'params',
]);

/** A digest for each piece of the input, by a name that a person understands. The key keeps secrets from being guessed. */
export function fingerprint(
  files: ReadonlyMap<string, FileRead>,
  given: readonly Definition[],
  key: string,
): Readonly<Record<string, string>> {
  const digests = Object.create(null) as Record<string, string>;
  const put = (name: string, content: string | Uint8Array): void => {
    digests[name] = createHmac('sha256', key).update(content).digest('hex').slice(0, 16);
  };
  for (const [path, { bytes, node }] of files) {
    if (node === undefined) put(path, bytes);
    else putNode(path, node, put);
  }
  for (const { name, value } of given)
    put(`-e ${name}`, value.kind === 'data' ? JSON.stringify(value.data) : value.template.text);
  return digests;
}

type Put = (name: string, content: string | Uint8Array) => void;

/** Each part of a structure is a piece of its own; the order of its keys is one too, because hosts run in it. */
function putNode(name: string, node: Node, put: Put): void {
  if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) putNode(`${name} [${index + 1}]${titleOf(item)}`, item, put);
    put(`${name} (how many)`, String(node.items.length));
    return;
  }
  if (node.kind === 'scalar') {
    put(name, JSON.stringify(node.value));
    return;
  }
  const isInner = ({ key, value }: Entry): boolean => structure.has(key) || isGroupOrHost(name, value.kind);
  const inner = node.entries.filter(isInner);
  const rest = node.entries.filter((entry) => !isInner(entry));
  if (rest.length > 0) put(name, JSON.stringify(rest.map((entry) => [entry.key, plain(entry.value)])));
  for (const entry of inner) putNode(`${name} > ${entry.key}`, entry.value, put);
  if (inner.length > 1) put(`${name} (order)`, JSON.stringify(inner.map((entry) => entry.key)));
}

function isGroupOrHost(name: string, kind: Node['kind']): boolean {
  return kind === 'map' && /(?:> (?:all|children|hosts))$/.test(name);
}

function titleOf(node: Node): string {
  const title = node.kind === 'map' ? node.get('name')?.value : undefined;
  return title?.kind === 'scalar' ? ` "${String(title.value)}"` : '';
}

function plain(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return node.entries.map((entry) => [entry.key, plain(entry.value)]);
}

/** What differs between two fingerprints, in words. */
export function differences(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted();
  return names.flatMap((name) => {
    if (before[name] === now[name]) return [];
    if (before[name] === undefined) return [`new: ${name}`];
    return now[name] === undefined ? [`gone: ${name}`] : [`changed: ${name}`];
  });
}
