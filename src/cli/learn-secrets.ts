// What is secret in the files of a run, known before anything is told: every value that a variable with a secret's name
// has for any host, at any place of the playbooks, and every value of a param that is declared secret.
import type { Inventory } from '../core/inventory.js';
import type { Playbook } from '../core/playbook.js';
import { isSecretName, secretTexts } from '../core/redact.js';
import type { Redactor } from '../core/redact.js';
import type { Definition, Scope } from '../core/scope.js';
import { tasksOf } from '../core/steps.js';
import { isMap } from '../core/value.js';
import type { Value } from '../core/value.js';

/** Makes the redactor hide them from here on. */
export function learnSecrets(redactor: Redactor, playbooks: readonly Playbook[], inventory: Inventory): void {
  const params = new Set(
    playbooks.flatMap((playbook) => playbook.params.filter((param) => param.secret).map((param) => param.name)),
  );
  const isSecret = (name: string): boolean => params.has(name) || isSecretName(name);
  const says = secretKeysIn();
  const learn = (scope: Scope): void => {
    for (const name of scope.names()) {
      const [strongest] = scope.definitions(name);
      const whole = isSecret(name) || strongest?.span?.source.sealed === true;
      // A secret may stand within a map, under a key of its own; what says none need not be resolved for this.
      if (!whole && (strongest === undefined || !says(strongest.value))) continue;
      const value = scope.get(name);
      if (value?.ok !== true) continue;
      const texts = whole ? secretTexts(value.value) : textsUnderSecretKeys(value.value, isSecret);
      for (const text of texts) redactor.add(text);
    }
  };
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  for (const host of inventory.hosts.values()) {
    // A scope of its own keeps nothing that was made of a secret before the secret was known as one.
    const scope = inventory.scopeOf(host).with('play', []);
    learn(scope);
    for (const play of plays) {
      const inPlay = scope.with('play', play.definitions);
      learn(inPlay);
      for (const { definitions } of [...tasksOf(play.steps), ...play.handlers]) {
        if (definitions.some(({ name, span }) => isSecret(name) || span?.source.sealed === true))
          learn(inPlay.with('task', definitions));
      }
    }
  }
}

/** Tells of the value of a definition whether it has the key of a secret in it; hosts share definitions, so each is read once. */
function secretKeysIn(): (value: Definition['value']) => boolean {
  const known = new WeakMap<Definition['value'], boolean>();
  return (value) => {
    const found = known.get(value) ?? (wordsOf(value) ?? []).some(isSecretName);
    known.set(value, found);
    return found;
  };
}

function wordsOf(value: Definition['value']): readonly string[] | null {
  const text = value.kind === 'template' ? value.template.text : JSON.stringify(value.data);
  return text.match(/[A-Za-z_]\w*/g);
}

function textsUnderSecretKeys(value: Value, isSecret: (name: string) => boolean): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: Value) => textsUnderSecretKeys(each, isSecret));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    isSecret(key) ? secretTexts(each) : textsUnderSecretKeys(each, isSecret),
  );
}
