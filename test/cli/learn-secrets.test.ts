// Which values of the files are hidden wherever they turn up.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { learnSecrets } from '../../src/cli/learn-secrets.js';
import { Redactor } from '../../src/core/redact.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';

function redactorOf(playbook: string, inventory: string): Redactor {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-secrets-'));
  try {
    writeFileSync(join(directory, 'play.yml'), playbook);
    writeFileSync(join(directory, 'hosts.yml'), inventory);
    const loaded = loadPlaybook(join(directory, 'play.yml'), modules);
    const hosts = loadInventory([join(directory, 'hosts.yml')], { cwd: directory, cli: [] });
    if (!loaded.ok || !hosts.ok) throw new Error(JSON.stringify([loaded, hosts]));
    const redactor = new Redactor();
    learnSecrets(redactor, [loaded.value.playbook], hosts.value);
    return redactor;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const inventory = `
all:
  hosts:
    h:
      pg_password: inventory-1
      api_token: 12345
      ansible_become_pass: inventory-2
      keys_secret: { a: inventory-3, b: [inventory-4] }
      password_file: visible-1
      db: { user: visible-2, password: nested-1, list: [{ token: nested-2 }] }
      bad_secret: "{{nope}}"
`;
const playbook = `
params:
  license: { type: string, secret: true, default: param-1 }
  plain: { type: string, default: visible-2 }
plays:
  - hosts: all
    vars: { play_password: play-1 }
    tasks:
      - vars: { task_password: task-1, task_word: visible-3 }
        ping:
      - vars: { block_token: block-1, derived_secret: "{{play_password}}-and-more" }
        block:
          - ping:
        rescue:
          - vars: { rescue_passphrase: rescue-1 }
            ping:
    handlers:
      - name: again
        vars: { handler_password: handler-1 }
        ping:
`;

const secrets =
  'inventory-1 12345 inventory-2 inventory-3 inventory-4 param-1 play-1 task-1 block-1 play-1-and-more rescue-1 handler-1 nested-1 nested-2';

test.each(secrets.split(' '))('hides %s', (secret) => {
  expect(redactorOf(playbook, inventory).text(`<${secret}>`)).toBe('<********>');
});

test.each(['visible-1', 'visible-2', 'visible-3'])('shows %s', (word) => {
  expect(redactorOf(playbook, inventory).text(word)).toBe(word);
});

test('a secret that rests on what a play or a task says is learned in each of them', () => {
  const plays = `
plays:
  - hosts: all
    vars: { stage: blue }
    tasks:
      - ping:
  - hosts: all
    vars: { stage: green }
    tasks:
      - vars: { stage: black, task_password: other }
        ping:
`;
  const redactor = redactorOf(plays, 'all:\n  hosts:\n    h: { stage: grey-0, db_password: "pass-{{stage}}-word" }\n');
  for (const secret of ['pass-blue-word', 'pass-green-word', 'pass-black-word', 'pass-grey-0-word']) {
    expect(redactor.text(`it is ${secret}`)).toBe('it is ********');
  }
});
