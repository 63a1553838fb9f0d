// Reads the variables that describe how a host is reached, each as the type it must have,
// with every wrong one pointed at where it was said.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Scope } from '../core/scope.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { millisecondsOf } from '../core/duration.js';

/** A reader for one host; `problems` collects what is wrong. */
export class TargetVariables {
  readonly problems: Diagnostic[] = [];
  readonly #host: string;
  readonly #scope: Scope;

  constructor(host: string, scope: Scope) {
    this.#host = host;
    this.#scope = scope;
  }

  /** A text that is not empty; a number is read as its digits. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number') return String(value);
    const secret = /password|passphrase/.test(name);
    if (typeof value === 'string' && !secret && /[\0-\x1f\x7f]/.test(value)) {
      return this.wrong(name, 'has a line end or an invisible character in it', 'write it on one line');
    }
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
    return this.wrong(
      name,
      `is ${value === '' ? 'empty' : kindOf(value)}, and must be a text`,
      'write it in quotes, or take the line out',
    );
  }

  /** A TCP port. */
  port(name: string): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) return port;
    return this.wrong(
      name,
      'must be a port, a whole number from 1 to 65535',
      `write \`${name}: 22\`, or the port that it is`,
    );
  }

  /** A boolean, or one of the words that YAML 1.1 and Ansible read as one. */
  boolean(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (typeof value === 'string' && /^(?:true|yes|on|1)$/i.test(value)) return true;
    if (typeof value === 'string' && /^(?:false|no|off|0)$/i.test(value)) return false;
    return this.wrong(
      name,
      `is ${kindOf(value)}, and must be true or false`,
      'write `true` or `false`, without quotes',
    );
  }

  /** A time in milliseconds: a number of seconds, or a text such as `30s`. */
  milliseconds(name: string): number | undefined {
    const value = this.#value(name);
    const ms = value === undefined ? undefined : millisecondsOf(value);
    if (value === undefined || (ms !== undefined && ms > 0)) return ms;
    return this.wrong(name, 'must be a time: a number of seconds, or a text such as `30s`', `write \`${name}: 10s\``);
  }

  /** A list of texts, or one text with commas. */
  texts(name: string, example = '[user@host:22]'): readonly string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string')
      return value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '');
    const texts = Array.isArray(value) ? (value as readonly Value[]).filter((each) => typeof each === 'string') : [];
    if (Array.isArray(value) && texts.length === value.length) return texts;
    return this.wrong(
      name,
      `is ${kindOf(value)}, and must be a text or a list of texts`,
      `write \`${name}: ${example}\``,
    );
  }

  /** One of some words. */
  oneOf<T extends string>(name: string, words: Readonly<Record<string, T>>, hint?: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const word = Object.hasOwn(words, text) ? words[text] : undefined;
    const known = [...new Set(Object.values(words))].map((each) => `\`${each}\``).join(' or ');
    return word ?? this.wrong(name, `is \`${text}\`, and must be ${known}`, hint ?? 'write one of these');
  }

  /** Remembers a problem of a variable, at the place that said it. */
  wrong(name: string, what: string, hint?: string): undefined {
    const span = this.#scope.definitions(name)[0]?.span;
    this.problems.push(error('target/bad-value', `\`${name}\` of host \`${this.#host}\` ${what}`, span, { hint }));
    return undefined;
  }

  /** The value of a variable; nothing when it is not said, is null, or fails. */
  #value(name: string): Exclude<Value, null> | undefined {
    const result = this.#scope.get(name);
    if (result === undefined) return undefined;
    if (result.ok) return result.value ?? undefined;
    this.problems.push(...result.problems);
    return undefined;
  }
}
