// Host ranges: `sp[01:20]` stands for twenty hosts, `db-[a:f]` for six, with Ansible's rules for zeros and steps.

/** The names of a range, or why it is none. */
export type Expanded =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** More hosts than this in one line is a slip of the finger. */
const maxNames = 10_000;

/** All names that a name with ranges stands for, in order; a plain name stands for itself. */
export function expandRanges(name: string): Expanded {
  const open = name.indexOf('[');
  if (open === -1) {
    return name.includes(']') ? wrong(`\`${name}\` has a \`]\` without a \`[\``) : { ok: true, names: [name] };
  }
  const close = name.indexOf(']', open);
  if (close === -1) return wrong(`\`${name}\` has a \`[\` without a \`]\``);
  const members = expandOne(name.slice(open + 1, close));
  if (!members.ok) return members;
  const rest = expandRanges(name.slice(close + 1));
  if (!rest.ok) return rest;
  if (members.names.length * rest.names.length > maxNames) {
    return wrong(`\`${name}\` stands for more than ${maxNames} hosts`);
  }
  const start = name.slice(0, open);
  return { ok: true, names: members.names.flatMap((member) => rest.names.map((end) => start + member + end)) };
}

function wrong(message: string, hint = 'write it as `sp[01:20]` or `db-[a:f]`, with a step as `[0:10:2]`'): Expanded {
  return { ok: false, message, hint };
}

function expandOne(range: string): Expanded {
  const [, first, last, stepText = '1'] = /^(\w+):(\w+)(?::(\d+))?$/.exec(range) ?? [];
  if (first === undefined || last === undefined) return wrong(`\`[${range}]\` is no range`);
  const step = Number(stepText);
  if (step === 0) return wrong(`the step of \`[${range}]\` is 0`);
  if (/^\d+$/.test(first) && /^\d+$/.test(last)) return numbers(range, first, last, step);
  if (/^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last)) return letters(range, first, last, step);
  return wrong(`\`[${range}]\` is neither a range of numbers nor of letters`);
}

function numbers(range: string, first: string, last: string, step: number): Expanded {
  const padded = first.length > 1 && first.startsWith('0');
  if (padded && first.length !== last.length) {
    const hint = `pad both ends: \`[${first}:${last.padStart(first.length, '0')}]\``;
    return wrong(`the ends of \`[${range}]\` are not equally long`, hint);
  }
  return steps(range, Number(first), Number(last), step, (each) =>
    String(each).padStart(padded ? first.length : 1, '0'),
  );
}

function letters(range: string, first: string, last: string, step: number): Expanded {
  if ((first === first.toLowerCase()) !== (last === last.toLowerCase())) {
    return wrong(`\`[${range}]\` goes from small to capital letters`);
  }
  return steps(range, first.charCodeAt(0), last.charCodeAt(0), step, (each) => String.fromCharCode(each));
}

function steps(range: string, from: number, to: number, step: number, nameOf: (each: number) => string): Expanded {
  if (from > to) return wrong(`\`[${range}]\` goes backwards`);
  if ((to - from) / step >= maxNames) return wrong(`\`[${range}]\` stands for more than ${maxNames} hosts`);
  const names: string[] = [];
  for (let each = from; each <= to; each += step) names.push(nameOf(each));
  return { ok: true, names };
}
