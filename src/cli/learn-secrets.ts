// What is secret in the files of a run, known before anything is told: every value that a variable with a secret's name
// has for any host, at any place of the playbooks, and every value of a param that is declared secret.
import type { Inventory } from '../core/inventory.js';
import type { Play, Playbook } from '../core/playbook.js';
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
  const isWhole = (name: string, said: Definition | undefined): boolean =>
    isSecret(name) || said?.span?.source.sealed === true;
  // A secret may stand within a map, under a key of its own; what says none need not be resolved for this.
  const mayHold = (name: string, said: Definition | undefined): boolean =>
    isWhole(name, said) || (said !== undefined && says(said.value));
  const learn = (scope: Scope, names: Iterable<string>): void => {
    for (const name of names) {
      const [strongest] = scope.definitions(name);
      if (!mayHold(name, strongest)) continue;
      const value = scope.get(name);
      if (value?.ok !== true) continue;
      const texts = isWhole(name, strongest) ? secretTexts(value.value) : textsUnderSecretKeys(value.value, isSecret);
      for (const text of texts) redactor.add(text);
    }
  };
  const plays = playbooks.flatMap((playbook) => playbook.plays).map((play) => placeOf(play, isWhole, mayHold));
  for (const host of inventory.hosts.values()) {
    // A scope of its own keeps nothing that was made of a secret before the secret was known as one.
    const scope = inventory.scopeOf(host).with('play', []);
    const names = [...scope.names()].filter((name) => mayHold(name, scope.definitions(name)[0]));
    learn(scope, names);
    // What a play says can only change the value of a template, or be a secret itself.
    const open = names.filter((name) => scope.definitions(name)[0]?.value.kind !== 'data');
    for (const play of plays) {
      if (open.length + play.names.length + play.tasks.length === 0) continue;
      const inPlay = scope.with('play', play.definitions);
      const known = new Set([...open, ...play.names]);
      learn(inPlay, known);
      for (const { names: own, definitions } of play.tasks) {
        learn(inPlay.with('task', definitions), new Set([...known, ...own]));
      }
    }
  }
}

/** Definitions of a play or of one of its tasks, and which of them may hold a secret. */
interface Said {
  readonly definitions: readonly Definition[];
  readonly names: readonly string[];
}

type Judge = (name: string, said: Definition) => boolean;

/** What a play says, once for all hosts; of its tasks only those that say a secret. */
function placeOf(play: Play, isWhole: Judge, mayHold: Judge): Said & { readonly tasks: readonly Said[] } {
  const saidBy = (definitions: readonly Definition[]): Said => ({
    definitions,
    names: definitions.filter((each) => mayHold(each.name, each)).map(({ name }) => name),
  });
  const tasks = [...tasksOf(play.steps), ...play.handlers]
    .filter(({ definitions }) => definitions.some((each) => isWhole(each.name, each)))
    .map(({ definitions }) => saidBy(definitions));
  return { ...saidBy(play.definitions), tasks };
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
