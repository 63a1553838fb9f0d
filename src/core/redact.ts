// Secrets are taken out of everything that leaves the process, at the one place where events and errors pass.
// A value is known as a secret from its variable; its common spellings are hidden with it.
import { SpellingIndex } from './spelling-index.js';
import { spellingsOf } from './spellings.js';
import type { SecretKeeper } from './template.js';
import { isMap, mapOf } from './value.js';
import type { Value } from './value.js';

const hidden = '********';

/** True when the name of a variable says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return /(?:password|passphrase|passwd|secret|token)$|_pass$/i.test(name);
}

/** The texts in a secret value: a list or a map of secrets has one in each of its leaves. */
export function secretTexts(value: Value): readonly string[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value === 'object') return Object.values(value).flatMap((each: Value) => secretTexts(each));
  return [String(value)];
}

/** The value of a variable as it may be shown: whatever stands under a secret's name is hidden, however short it is. */
export function hiddenByName(name: string, value: Value): Value {
  return withoutSecrets(value, isSecretName(name));
}

function withoutSecrets(value: Value, isSecret: boolean): Value {
  if (Array.isArray(value)) return value.map((each: Value) => withoutSecrets(each, isSecret));
  if (isMap(value)) {
    return mapOf(
      Object.entries(value).map(([key, each]) => [key, withoutSecrets(each, isSecret || isSecretName(key))]),
    );
  }
  return isSecret && value !== null && typeof value !== 'boolean' ? hidden : value;
}

/** Hides known secrets in text and data. Secrets may be added while it runs. */
export class Redactor implements SecretKeeper {
  readonly #secrets = new Set<string>();
  readonly #spellings = new SpellingIndex();

  /** Remembers a secret and its spellings in JSON, base64, hex, URLs, SQL and quoted shell words. Shorter than 4 characters would hide too much. */
  add(secret: string): void {
    if (this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    for (const spelling of spellingsOf(secret)) this.#spellings.add(spelling);
  }

  /** The secrets that stand in a text, each as it is spelled there. */
  within(text: string): readonly string[] {
    return [...new Set(this.#spellings.ranges(text).map(({ start, end }) => text.slice(start, end)))];
  }

  /** The text with every secret hidden. */
  text(text: string): string {
    let told = '';
    let end = 0;
    for (const range of this.#spellings.ranges(text)) {
      told += text.slice(end, range.start) + hidden;
      end = range.end;
    }
    return end === 0 ? text : told + text.slice(end);
  }

  /** Plain data with every secret hidden, keys and numbers included. */
  data<T>(data: T): T {
    if (this.#spellings.isEmpty) return data;
    return this.#walk(data) as T;
  }

  /** A value of a variable in which each text or number that is a secret is hidden, however short it is. */
  leaves(value: Value): Value {
    if (Array.isArray(value)) return value.map((each: Value) => this.leaves(each));
    if (isMap(value)) return mapOf(Object.entries(value).map(([key, each]) => [key, this.leaves(each)]));
    const [text] = secretTexts(value);
    return text !== undefined && this.#secrets.has(text) ? hidden : value;
  }

  #walk(data: unknown): unknown {
    if (typeof data === 'string') return this.text(data);
    if (typeof data === 'number') return this.#spellings.has(String(data)) ? hidden : data;
    if (Array.isArray(data)) return data.map((each) => this.#walk(each));
    if (typeof data !== 'object' || data === null) return data;
    // Whatever it is, it has the shape that it had.
    return mapOf(Object.entries(data).map(([key, value]) => [this.text(key), this.#walk(value) as Value]));
  }
}
