// A script for a shell, written in the playbook: values in it are quoted for the shell by the loader.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Told } from '../core/module.js';
import { defineModule } from '../core/module.js';
import { shellPlace } from '../core/place.js';
import type { GuardState, Guards } from './shared/guards.js';
import {
  askGuards,
  defaultSettleSeconds,
  guardWords,
  hasGuard,
  inShell,
  pathGuards,
  wantDone,
} from './shared/guards.js';
import { optionsOf, runAndTell, runArguments, stdinArguments } from './shared/run-and-tell.js';
import { guardedState } from './shared/state-schemas.js';

const defaultShell = '/bin/sh';

const args = Type.Object(
  {
    cmd: shellPlace('The script, run as it is written. Values are quoted; each stays one word.'),
    executable: Type.Optional(
      Type.String({ minLength: 1, default: defaultShell, description: 'The shell, as an absolute path.' }),
    ),
    ...runArguments,
    ...pathGuards,
    unless: Type.Optional(shellPlace(guardWords.unless)),
    only_if: Type.Optional(shellPlace(guardWords.onlyIf)),
    settle: Type.Optional(Type.Number({ minimum: 0, default: defaultSettleSeconds, description: guardWords.settle })),
    ...stdinArguments,
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;

function guardsOf({ creates, removes, unless, only_if, chdir, executable = defaultShell }: Args): Guards {
  return { creates, removes, unless: inShell(executable, unless), onlyIf: inShell(executable, only_if), chdir };
}

async function apply(_change: Change<GuardState>, hands: Hands, task: Args): Promise<Told> {
  const { cmd, executable = defaultShell } = task;
  return runAndTell(hands, { kind: 'shell', script: cmd, shell: executable }, optionsOf(task), task);
}

/** The module `shell`. */
export const shell = defineModule<Args, GuardState>({
  name: 'shell',
  summary: 'Run a shell script that stands in the playbook',
  description:
    'Runs the text in a shell as it is written. A value that is filled in is quoted, so it stays one word. Guards as in `command`. In a pipe only the exit code of the last command counts.',
  args,
  state: guardedState,
  shorthand: 'cmd',
  examples: [
    '- name: How many slon processes log an error\n  shell: grep -l ERROR /var/log/slony/*.log | wc -l\n  register: errors',
    '- name: Make the archive\n  shell:\n    cmd: tar -cf - data | gzip > data.tgz\n    chdir: /var/backups\n    creates: data.tgz',
  ],
  inspect: (task, eyes: Eyes) => askGuards(guardsOf(task), eyes),
  want: (_task, found) => wantDone(found),
  apply,
  provable: (task) => hasGuard(guardsOf(task)),
  settleMs: ({ settle = defaultSettleSeconds }) => settle * 1000,
  describe: ({ cmd }) => `would run \`${cmd.trim()}\``,
  needs: ({ executable, chdir }) => ({ programs: executable === undefined ? [] : [executable], chdir }),
});
