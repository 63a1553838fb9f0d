// Reads the keywords of one map of a playbook. What is not as it should be is said, and left out;
// the reader goes on, so that everything wrong is found in one go.
import { error } from '../core/diagnostic.js';
import type { Condition, Tolerance } from '../core/playbook.js';
import { fail, ok } from '../core/result.js';
import type { Template } from '../core/template.js';
import type { Value } from '../core/value.js';
import { compileCondition } from './condition.js';
import { millisecondsOf } from '../core/duration.js';
import { booleanFix } from './fixes.js';
import { hintForBoolean, isTemplated, meantBoolean, show, wrongKind } from './mistakes.js';
import type { Entry, MapNode, Node, ScalarNode } from './node.js';
import type { Problems } from './problems.js';
import { compileText, compileValue } from './template.js';

/** The keywords of one map, read by name. `K` are the names that may be asked for. */
export class Fields<K extends string> {
  readonly map: MapNode;
  readonly #problems: Problems;

  constructor(map: MapNode, problems: Problems) {
    this.map = map;
    this.#problems = problems;
  }

  /** The entry of a keyword. */
  entry(key: K): Entry | undefined {
    return this.map.get(key);
  }

  /** A text without templates. */
  text(key: K): string | undefined {
    const node = this.#scalar(key, 'a text');
    if (node === undefined) return undefined;
    if (typeof node.value !== 'string' || node.value === '') return this.#wrong(key, node, 'a text');
    return this.#hasTemplate(key, node) ? undefined : node.value;
  }

  /** True or false, without templates. */
  flag(key: K): boolean | undefined {
    const node = this.#scalar(key, '`true` or `false`');
    if (node === undefined || this.#hasTemplate(key, node)) return undefined;
    if (typeof node.value === 'boolean') return node.value;
    return this.#wrong(key, node, '`true` or `false`', hintForBoolean(node.value));
  }

  /** A number of at least `least`. */
  count(key: K, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
    const wanted =
      most === Number.MAX_SAFE_INTEGER ? `a whole number of ${least} or more` : `a number from ${least} to ${most}`;
    const node = this.#scalar(key, wanted);
    if (node === undefined || this.#hasTemplate(key, node)) return undefined;
    const { value } = node;
    if (typeof value !== 'number' || value < least || value > most) return this.#wrong(key, node, wanted);
    return Number.isInteger(value) || most !== Number.MAX_SAFE_INTEGER ? value : this.#wrong(key, node, wanted);
  }

  /** A time in milliseconds, written as seconds or such as `5m`. */
  milliseconds(key: K): number | undefined {
    const wanted = 'seconds, or a time such as `30s` or `5m`';
    const node = this.#scalar(key, wanted);
    if (node === undefined || this.#hasTemplate(key, node)) return undefined;
    return millisecondsOf(node.value) ?? this.#wrong(key, node, wanted);
  }

  /** A deadline in milliseconds; none at all is not to be had, and one of 0 would fail everything. */
  deadline(key: K): number | undefined {
    const time = this.milliseconds(key);
    const entry = this.entry(key);
    if (time !== 0 || entry === undefined) return time;
    return this.#wrong(
      key,
      entry.value,
      'more than 0 seconds',
      'for a task that takes long, say how long: `timeout: 12h`',
    );
  }

  /** A text that may hold templates. */
  template(key: K): Template<string> | undefined {
    const node = this.#scalar(key, 'a text');
    if (node === undefined) return undefined;
    if (node.value === null || node.value === '') return this.#wrong(key, node, 'a text');
    return this.#problems.take(compileText(node));
  }

  /** True, false, or a template that gives one of them. */
  flagTemplate(key: K): Template<boolean> | undefined {
    const node = this.#scalar(key, '`true` or `false`');
    if (node === undefined) return undefined;
    if (typeof node.value !== 'boolean' && !isTemplated(node)) {
      return this.#wrong(key, node, '`true` or `false`', hintForBoolean(node.value));
    }
    const template = this.#problems.take(compileValue(node));
    return template === undefined ? undefined : booleanOf(template, key);
  }

  /** Conditions that must all hold; none when the keyword is not said. */
  conditions(key: K): readonly Condition[] {
    const node = this.map.get(key)?.value;
    if (node === undefined) return [];
    const nodes = node.kind === 'list' ? node.items : [node];
    return nodes.flatMap((each) => {
      if (each.kind !== 'scalar' || each.value === null) {
        this.#wrong(key, each, 'a condition, or a list of conditions');
        return [];
      }
      const condition = this.#problems.take(compileCondition(each));
      return condition === undefined ? [] : [condition];
    });
  }

  /** The scalars of a list, or of one text with commas. */
  words(key: K): readonly ScalarNode[] {
    const node = this.map.get(key)?.value;
    if (node === undefined) return [];
    const nodes = node.kind === 'list' ? node.items : [node];
    return nodes.flatMap((each) => {
      if (each.kind === 'scalar' && each.value !== null && each.value !== '') return [each];
      this.#wrong(key, each, 'a text, or a list of texts');
      return [];
    });
  }

  /** A failure that is let pass: `true`, or the reason. */
  tolerance(key: K): Tolerance | false | undefined {
    const wanted = '`true`, or the reason in words';
    const node = this.#scalar(key, wanted);
    if (node === undefined || this.#hasTemplate(key, node)) return undefined;
    const { value } = node;
    if (typeof value === 'boolean') return value ? {} : false;
    const hint = hintForBoolean(node.value);
    if (typeof value !== 'string' || value.trim() === '' || hint !== undefined)
      return this.#wrong(key, node, wanted, hint);
    return { reason: value };
  }

  /** A map. */
  mapOf(key: K): MapNode | undefined {
    const node = this.map.get(key)?.value;
    if (node === undefined || node.kind === 'map') return node;
    return this.#wrong(key, node, 'a map');
  }

  /** A list. */
  list(key: K): readonly Node[] | undefined {
    const node = this.map.get(key)?.value;
    if (node === undefined) return undefined;
    if (node.kind === 'list') return node.items;
    // `tasks:` with nothing below it is an empty list to everybody but YAML.
    return node.kind === 'scalar' && node.value === null ? [] : this.#wrong(key, node, 'a list');
  }

  #scalar(key: K, wanted: string): ScalarNode | undefined {
    const node = this.map.get(key)?.value;
    if (node === undefined || node.kind === 'scalar') return node;
    return this.#wrong(key, node, wanted);
  }

  #hasTemplate(key: K, node: ScalarNode): boolean {
    if (!isTemplated(node)) return false;
    this.#problems.add(
      error('playbook/template-here', `\`${key}\` cannot hold a template`, node.span, {
        hint: 'it is needed before any variable is known; write the value itself',
      }),
    );
    return true;
  }

  #wrong(key: K, node: Node, wanted: string, hint?: string): undefined {
    const entry = this.map.get(key);
    const meant = wanted.startsWith('`true`') && node.kind === 'scalar' ? meantBoolean(node.value) : undefined;
    const fix = entry === undefined ? undefined : booleanFix(entry, meant);
    this.#problems.add(wrongKind(key, node, wanted, hint, fix));
    return undefined;
  }
}

/** A template that must give true or false when it is rendered. */
function booleanOf(template: Template<Value>, key: string): Template<boolean> {
  const { span, text, needs } = template;
  return {
    span,
    text,
    needs,
    render: (scope) => {
      const rendered = template.render(scope);
      if (!rendered.ok) return rendered;
      if (typeof rendered.value === 'boolean') return ok(rendered.value);
      const message = `\`${key}\` must be \`true\` or \`false\`, not ${show(rendered.value)}`;
      const hint = hintForBoolean(rendered.value) ?? 'compare with a helper: `{{eq x 1}}`';
      return fail(error('playbook/wrong-value', message, span, { hint }));
    },
  };
}
