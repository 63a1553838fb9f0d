// One command, without a shell: each value is one argument, whatever is in it.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { commandPlace } from '../core/place.js';
import { shellWords } from '../core/quote.js';
import type { GuardState, Guards } from './shared/guards.js';
import { askGuards, defaultSettleSeconds, guardWords, hasGuard, pathGuards, wantDone } from './shared/guards.js';
import { exactlyOne } from './shared/one-of.js';
import { optionsOf, runAndTell, runArguments, stdinArguments } from './shared/run-and-tell.js';
import { guardedState } from './shared/state-schemas.js';

const args = Type.Object(
  {
    cmd: Type.Optional(commandPlace('The command line. It is split into words first; a value then stays one word.')),
    argv: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'The command and its arguments as a list, instead of `cmd`.',
      }),
    ),
    ...runArguments,
    ...pathGuards,
    unless: Type.Optional(commandPlace(guardWords.unless)),
    only_if: Type.Optional(commandPlace(guardWords.onlyIf)),
    settle: Type.Optional(Type.Number({ minimum: 0, default: defaultSettleSeconds, description: guardWords.settle })),
    ...stdinArguments,
  },
  { additionalProperties: false, ...exactlyOne(['cmd', 'argv']) },
);

type Args = Bound<typeof args>;

function guardsOf({ creates, removes, unless, only_if, chdir }: Args): Guards {
  return {
    creates,
    removes,
    unless: unless === undefined ? undefined : shellWords(unless),
    onlyIf: only_if === undefined ? undefined : shellWords(only_if),
    chdir,
  };
}

function want({ cmd, argv }: Args, found: GuardState): Partial<GuardState> | Refusal {
  if ((cmd === undefined) === (argv === undefined)) return refuse('say either `cmd` or `argv`');
  return wantDone(found);
}

async function apply(_change: Change<GuardState>, hands: Hands, task: Args): Promise<Told> {
  const argv = task.cmd ?? task.argv ?? [];
  return runAndTell(hands, { kind: 'argv', argv }, optionsOf(task), { ...task, cmd: shellWords(argv) });
}

/** The module `command`. */
export const command = defineModule<Args, GuardState>({
  name: 'command',
  summary: 'Run a command, without a shell',
  description:
    'Runs one command; pipes and `$` mean nothing in it (see `shell`). With a guard (`creates`, `removes`, `unless`, `only_if`) it runs only when there is work to do, and the guard proves that the work was done. Without one, check mode can only say that it would run.',
  args,
  state: guardedState,
  shorthand: 'cmd',
  examples: [
    '- name: How full is the disk\n  command: df -P /\n  register: disk',
    '- name: Run the setup once\n  command:\n    cmd: /usr/local/desktone/scripts/av-setup --quiet\n    creates: /usr/local/desktone/.av-setup-done',
    '- name: Start the replication of fdb\n  command:\n    argv: [/usr/local/desktone/scripts/start_slon_fdb.sh]\n    unless: pgrep -f "slon .*fdb"',
  ],
  inspect: (task, eyes: Eyes) => askGuards(guardsOf(task), eyes),
  want,
  apply,
  provable: (task) => hasGuard(guardsOf(task)),
  settleMs: ({ settle = defaultSettleSeconds }) => settle * 1000,
  describe: ({ cmd, argv }) => `would run \`${shellWords(cmd ?? argv ?? [])}\``,
  needs: ({ cmd, argv, unless, only_if, chdir }) => ({
    programs: [cmd ?? argv, unless, only_if].flatMap((words) => words?.[0] ?? []),
    chdir,
  }),
});
