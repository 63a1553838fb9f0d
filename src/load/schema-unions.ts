// When a value fits no member of a union, ajv says what is wrong with it as each of them.
// A person wants one sentence: what it could have been, or what is missing from the one that was meant.
import type { ErrorObject } from 'ajv';

/** The errors with those of each union replaced by the few that help. */
export function reduceUnions(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  // `if` only says that its `else` was not met, which the errors of the `else` say better.
  let left = errors.filter((each) => each.keyword !== 'if');
  const unions = left
    .filter((each) => each.keyword === 'anyOf' || each.keyword === 'oneOf')
    .toSorted((one, other) => other.schemaPath.length - one.schemaPath.length);
  for (const union of unions) {
    const within = left.filter((each) => isWithin(each, union));
    if (within.length === 0) continue;
    const better = judge(union, within);
    left = left.flatMap((each) => (each === union ? better : within.includes(each) ? [] : [each]));
  }
  return left;
}

function isWithin(each: ErrorObject, union: ErrorObject): boolean {
  return (
    each !== union &&
    each.schemaPath.startsWith(`${union.schemaPath}/`) &&
    (each.instancePath === union.instancePath || each.instancePath.startsWith(`${union.instancePath}/`))
  );
}

function judge(union: ErrorObject, within: readonly ErrorObject[]): readonly ErrorObject[] {
  const members = groupByMember(union, within);
  const here = (each: ErrorObject): boolean => each.instancePath === union.instancePath;
  const literal = (member: readonly ErrorObject[]): boolean =>
    member.some((each) => here(each) && (each.keyword === 'const' || each.keyword === 'enum'));
  if (members.every(literal))
    return [{ ...union, keyword: 'enum', params: { allowedValues: within.flatMap(allowed) } }];
  const fitting = members.filter((member) => !member.some((each) => here(each) && isMiss(each)));
  if (fitting.length === 0) {
    return [{ ...union, keyword: 'type', params: { type: [...new Set(within.filter(here).flatMap(wanted))] } }];
  }
  if (fitting.length > 1 && fitting.flat().every((each) => here(each) && each.keyword === 'required')) {
    const names = [...new Set(fitting.flat().map((each) => String(each.params['missingProperty'])))];
    return [{ ...union, keyword: 'requiredAny', params: { names } }];
  }
  return fitting.toSorted((one, other) => one.length - other.length)[0] ?? [union];
}

function groupByMember(union: ErrorObject, within: readonly ErrorObject[]): readonly (readonly ErrorObject[])[] {
  const members = new Map<string, ErrorObject[]>();
  for (const each of within) {
    const index = each.schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? '';
    members.set(index, [...(members.get(index) ?? []), each]);
  }
  return [...members.values()];
}

/** True when a member is out of the question: the value is of another kind altogether. */
function isMiss(each: ErrorObject): boolean {
  return each.keyword === 'type' || each.keyword === 'const' || each.keyword === 'enum';
}

function allowed(each: ErrorObject): readonly unknown[] {
  if (each.keyword === 'const') return [each.params['allowedValue']];
  const values: unknown = each.params['allowedValues'];
  return each.keyword === 'enum' && Array.isArray(values) ? values : [];
}

function wanted(each: ErrorObject): readonly unknown[] {
  if (each.keyword !== 'type') return allowed(each).map((value) => ({ literal: value }));
  const types: unknown = each.params['type'];
  return Array.isArray(types) ? types : [types];
}
