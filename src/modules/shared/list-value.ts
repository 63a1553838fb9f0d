// A value that is a list, such as `10.0.0.1:5432, 10.0.0.2:5432`: an item is a whole element and never a part of one,
// so that taking away 10.0.0.1 leaves 10.0.0.11 and 110.0.0.1 alone.

/** How elements are told apart. */
export interface ListRules {
  /** Each of these characters separates; runs of them separate once. */
  readonly separators: string;
  /** Whether `item:5432` is the item too. */
  readonly withPort: boolean;
}

const escapeClass = (text: string): string => text.replaceAll(/[\]\\^-]/g, '\\$&');
const escapeText = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Elements and the separators before each (the first has none). Empty elements stand for separators at the ends. */
function elementsOf(
  value: string,
  { separators }: ListRules,
): readonly { readonly before: string; readonly text: string }[] {
  const parts = value.split(new RegExp(`([${escapeClass(separators)}]+)`));
  return parts.flatMap((text, index) => (index % 2 === 1 ? [] : [{ before: parts[index - 1] ?? '', text }]));
}

/** True when an element is the item. */
function isItem(element: string, item: string, { withPort }: ListRules): boolean {
  if (element === item) return true;
  if (!withPort || !/:\d+$/.test(element)) return false;
  const name = element.replace(/:\d+$/, '');
  return name === item || name === `[${item}]`;
}

/** True when the item is an element of the value. */
export function hasItem(value: string, item: string, rules: ListRules): boolean {
  return elementsOf(value, rules).some((each) => isItem(each.text, item, rules));
}

/** The value without these items; each goes with the separator before it, the first with the one after it. */
export function withoutItems(value: string, items: readonly string[], rules: ListRules): string {
  const kept = elementsOf(value, rules).filter(({ text }) => !items.some((item) => isItem(text, item, rules)));
  return kept.map(({ before, text }, index) => (index === 0 ? text : before + text)).join('');
}

/** The value with these items at its end, where they are not in it yet, separated and with a port as its other elements are. */
export function withItems(value: string, items: readonly string[], rules: ListRules): string {
  const elements = elementsOf(value, rules);
  const separator = elements.find(({ before }) => before !== '')?.before ?? ',';
  const port = rules.withPort ? (/:\d+$/.exec(elements[0]?.text ?? '')?.[0] ?? '') : '';
  let list = isEmptyList(value, rules) ? '' : value;
  for (const item of items) {
    if (hasItem(list, item, rules)) continue;
    const element = item.endsWith(port) ? item : item + port;
    list = list === '' ? element : list + separator + element;
  }
  return list;
}

/** True when nothing but separators is left. */
export function isEmptyList(value: string, rules: ListRules): boolean {
  return elementsOf(value, rules).every(({ text }) => text === '');
}

/** True when the item stands somewhere in the value as a word of its own, element or not, as in `jdbc:postgresql://10.0.0.1/fdb`. */
export function mentions(value: string, item: string): boolean {
  return new RegExp(`(?<![\\w.-])${escapeText(item)}(?![\\w-]|\\.\\w)`).test(value);
}
