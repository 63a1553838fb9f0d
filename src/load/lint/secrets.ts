// Secrets in plain text: whatever stands under a secret's name as it is, in a playbook, an inventory or a file of variables.
import { isSecretName } from '../../core/redact.js';
import type { Entry, Node } from '../node.js';
import { finding } from './finding.js';
import type { Finding } from './finding.js';

/** Secrets that a tree says in plain text. */
export function lintSecrets(node: Node): readonly Finding[] {
  if (node.kind === 'list') return node.items.flatMap(lintSecrets);
  if (node.kind === 'scalar' || node.span.source.sealed === true) return [];
  const own = node.entries.filter((entry) => isSecretName(entry.key) && holdsText(entry.value));
  return [
    ...own.map(found),
    ...node.entries.flatMap(secretDefault),
    ...node.entries.flatMap((each) => lintSecrets(each.value)),
  ];
}

/** A param that is a secret and has a default says the secret to everybody who reads the playbook. */
function secretDefault({ key, value }: Entry): readonly Finding[] {
  if (value.kind !== 'map') return [];
  const secret = value.get('secret')?.value;
  const entry = value.get('default');
  const isSecret = isSecretName(key) || (secret?.kind === 'scalar' && secret.value === true);
  return isSecret && entry !== undefined && holdsText(entry.value) ? [found(entry)] : [];
}

function found({ key, keySpan }: Entry): Finding {
  const hint = 'leave it out: ask with `-k` and `-K`, or keep it in a file of its own that is given with `-e @FILE`';
  return finding('lint/plain-secret', `\`${key}\` says a secret in plain text`, keySpan, { hint });
}

function holdsText(node: Node): boolean {
  if (node.kind === 'list') return node.items.some(holdsText);
  if (node.kind !== 'scalar' || node.sealed === true) return false;
  return typeof node.value === 'number' || (typeof node.value === 'string' && /\S/.test(withoutTemplates(node.value)));
}

function withoutTemplates(text: string): string {
  return text.replaceAll(/\{\{.*?\}\}/gs, '');
}
