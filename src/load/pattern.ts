// The pattern language that picks hosts, with Ansible's meaning: `a:b`, `a:&b`, `a:!b`, `*`, `~regex`, `group[0]`.
// Stricter in one thing: a name that nobody knows, and a pattern that matches nothing, are problems.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { didYouMean } from '../core/words.js';
import { testRegex } from './bounded-regex.js';

type Known = Pick<Inventory, 'hosts' | 'groups'>;

/** One term of a pattern, with its sign taken off. */
interface Term {
  readonly sign: '' | '&' | '!';
  readonly text: string;
  /** Offset in the pattern. */
  readonly at: number;
}

/** The hosts of a pattern, in inventory order. */
export function selectHosts(known: Known, pattern: string, span?: Span): Result<readonly Host[]> {
  const problems: Diagnostic[] = [];
  const terms = termsOf(pattern);
  const members = terms.map((term) => {
    const result = membersOf(known, term, placeOf(pattern, term, span));
    if (result.ok) return { sign: term.sign, hosts: new Set(result.value) };
    problems.push(...result.problems);
    return { sign: term.sign, hosts: new Set<string>() };
  });
  if (problems.length > 0) return fail(...problems);
  const added = members.filter((each) => each.sign === '').flatMap((each) => [...each.hosts]);
  // A pattern of nothing but `&` and `!` narrows all hosts.
  const start = new Set(terms.some((each) => each.sign === '') ? added : known.hosts.keys());
  const chosen = [...known.hosts.values()].filter(
    (host) =>
      start.has(host.name) &&
      members.every((each) => each.sign === '' || each.hosts.has(host.name) === (each.sign === '&')),
  );
  if (chosen.length > 0 && terms.length > 0) return ok(chosen);
  const hint =
    known.hosts.size === 0 ? 'the inventory names no host' : 'write `all`, or see `playbook inventory --graph`';
  return fail(error('inventory/empty-match', `\`${pattern}\` matches no host`, span, { hint }));
}

/** Splits at `:` and `,`, but not inside brackets. */
function termsOf(pattern: string): readonly Term[] {
  const pieces = [...pattern.matchAll(/(?:\[[^\]]*\]|[^:,])+/g)];
  return pieces.flatMap((piece) => {
    const [, space = '', sign = '', text = ''] = /^(\s*)([&!]?)\s*(.*?)\s*$/s.exec(piece[0]) ?? [];
    return text === ''
      ? []
      : [{ sign: sign === '&' || sign === '!' ? sign : '', text, at: piece.index + space.length }];
  });
}

/** The place of one term, when the pattern stands in the file just as it is. */
function placeOf(pattern: string, term: Term, span: Span | undefined): Span | undefined {
  if (span === undefined) return undefined;
  const start = span.source.text.slice(span.start, span.end).indexOf(pattern);
  if (start === -1) return span;
  const from = span.start + start + term.at;
  return { source: span.source, start: from, end: from + term.sign.length + term.text.length };
}

function membersOf(known: Known, term: Term, span: Span | undefined): Result<readonly string[]> {
  if (term.text.startsWith('~')) return regexMembers(known, term.text.slice(1), span);
  const [, name = term.text, range] = /^(.*)\[([^\]]*)\]$/.exec(term.text) ?? [];
  const named = namedMembers(known, name, span);
  return range === undefined || !named.ok ? named : picked(name, named.value, range, span);
}

function namedMembers(known: Known, name: string, span: Span | undefined): Result<readonly string[]> {
  const group = known.groups.get(name);
  if (group !== undefined) return ok(group.hosts);
  if (known.hosts.has(name)) return ok([name]);
  if (name === '*') return ok([...known.hosts.keys()]);
  if (/[*?[]/.test(name)) return globMembers(known, name, span);
  const words = [...known.groups.keys(), ...known.hosts.keys()];
  const hint =
    name === 'localhost'
      ? 'this machine is a host like others: add `localhost: { connection: local }` to the inventory'
      : didYouMean(name, words);
  return fail(error('inventory/unknown-host', `no group and no host is called \`${name}\``, span, { hint }));
}

function globMembers(known: Known, glob: string, span: Span | undefined): Result<readonly string[]> {
  const source = glob
    .replaceAll(/[.+^${}()|\\/[\]]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return matching(known, `^${source}$`, glob, span);
}

function regexMembers(known: Known, pattern: string, span: Span | undefined): Result<readonly string[]> {
  return matching(known, `^(?:${pattern})`, `~${pattern}`, span);
}

function matching(known: Known, regex: string, said: string, span: Span | undefined): Result<readonly string[]> {
  const found = new Set<string>();
  for (const name of [...known.groups.keys(), ...known.hosts.keys()]) {
    const result = testRegex(regex, name);
    if (result.kind !== 'tested') {
      const why = result.kind === 'invalid' ? result.message : 'it takes too long';
      const hint = 'name hosts and groups, or use `*`';
      return fail(error('inventory/bad-regex', `\`${said}\` is no usable regular expression: ${why}`, span, { hint }));
    }
    if (!result.matches) continue;
    for (const host of known.groups.get(name)?.hosts ?? [name]) found.add(host);
  }
  if (found.size > 0) return ok([...found]);
  const hint = didYouMean(said, [...known.groups.keys(), ...known.hosts.keys()]);
  return fail(error('inventory/empty-match', `\`${said}\` matches no group and no host`, span, { hint }));
}

/** `[0]`, `[-1]`, `[1:3]` (both ends taken, as in Ansible), `[2:]`. */
function picked(
  name: string,
  hosts: readonly string[],
  range: string,
  span: Span | undefined,
): Result<readonly string[]> {
  const [, first, colon, last] = /^(-?\d*)(:?)(-?\d*)$/.exec(range) ?? [];
  if (first === undefined || (first === '' && colon === '') || (colon === '' && last !== '')) {
    const hint = 'write `[0]` for the first, `[-1]` for the last, `[1:3]` for the second to the fourth';
    return fail(error('inventory/bad-range', `\`[${range}]\` picks nothing`, span, { hint }));
  }
  const index = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined || text === '' ? otherwise : Number(text);
    return value < 0 ? hosts.length + value : value;
  };
  const from = index(first, 0);
  const to = colon === '' ? from : index(last, hosts.length - 1);
  const found = hosts.filter((_, each) => each >= from && each <= to);
  if (found.length > 0) return ok(found);
  const message = `\`${name}\` has ${hosts.length} host${hosts.length === 1 ? '' : 's'}, none at \`[${range}]\``;
  return fail(error('inventory/empty-match', message, span, { hint: 'the first is `[0]`, the last is `[-1]`' }));
}
