// A script file of the operator's machine, run on the host. It travels on standard input into a private
// directory that the same run removes again, so that nothing of it stays and nobody else can read it.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Eyes, Hands, Told } from '../core/module.js';
import { defineModule } from '../core/module.js';
import { filePlace, shellPlace } from '../core/place.js';
import { shellWord, shellWords } from '../core/quote.js';
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
import { optionsOf, runAndTell, runArguments } from './shared/run-and-tell.js';
import { guardedState } from './shared/state-schemas.js';

const args = Type.Object(
  {
    file: filePlace(
      'The script, beside the playbook or in its `files/`. Its `#!` line says what runs it, else `/bin/sh`.',
    ),
    args: Type.Optional(Type.Array(Type.String(), { description: 'Arguments of the script.' })),
    executable: Type.Optional(
      Type.String({ minLength: 1, description: 'What runs the script, instead of its `#!` line.' }),
    ),
    ...runArguments,
    ...pathGuards,
    unless: Type.Optional(shellPlace(guardWords.unless)),
    only_if: Type.Optional(shellPlace(guardWords.onlyIf)),
    settle: Type.Optional(Type.Number({ minimum: 0, default: defaultSettleSeconds, description: guardWords.settle })),
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;

/** The words that run a script: its interpreter and the one argument that a `#!` line may hold. Never the file itself: /tmp may be noexec. */
export function interpreterOf(content: Uint8Array): readonly string[] {
  const firstLine = Buffer.from(content.subarray(0, 256)).toString('latin1').split(/\r?\n/)[0] ?? '';
  const [, program, argument] = /^#![ \t]*(\S+)[ \t]*(.*?)[ \t]*$/.exec(firstLine) ?? [];
  if (program === undefined) return ['/bin/sh'];
  return argument === undefined || argument === '' ? [program] : [program, argument];
}

function nameOf(path: string): string {
  const name =
    path
      .split('/')
      .at(-1)
      ?.replaceAll(/[^\w.-]/g, '_') ?? '';
  return name === '' || name.startsWith('.') || name.startsWith('-') ? 'script' : name;
}

function runScript({ file, args: words = [], executable }: Args): string {
  const interpreter = executable === undefined ? interpreterOf(file.content) : [executable];
  return [
    `playbook_mask=$(umask); umask 077`,
    `playbook_dir=$(mktemp -d "\${TMPDIR:-/tmp}/playbook.XXXXXXXXXX") || exit 1`,
    `trap 'rm -rf -- "$playbook_dir"' EXIT; trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM`,
    `playbook_file=$playbook_dir/${shellWord(nameOf(file.path))}`,
    `cat >"$playbook_file" && chmod 0700 "$playbook_file" && umask "$playbook_mask" || exit 1`,
    `${shellWords(interpreter)} "$playbook_file" ${shellWords(words)} </dev/null`,
  ].join('\n');
}

function guardsOf({ creates, removes, unless, only_if, chdir }: Args): Guards {
  return { creates, removes, unless: inShell('/bin/sh', unless), onlyIf: inShell('/bin/sh', only_if), chdir };
}

async function apply(_change: Change<GuardState>, hands: Hands, task: Args): Promise<Told> {
  const options = { ...optionsOf(task), stdin: task.file.content };
  return runAndTell(hands, { kind: 'shell', script: runScript(task) }, options, { ...task, cmd: typed(task) });
}

function typed({ file, args: words = [] }: Args): string {
  return shellWords([file.path, ...words]);
}

/** The module `script`. */
export const script = defineModule<Args, GuardState>({
  name: 'script',
  summary: "Run a script of the operator's machine on the host",
  description:
    'Sends the file to a private directory, runs it there and removes it. Guards as in `command`. The script reads end of file on its standard input.',
  args,
  state: guardedState,
  shorthand: 'file',
  examples: [
    '- name: Look for leftovers of the old primary\n  script:\n    file: find-leftovers.sh\n    args: [10.0.0.1]',
  ],
  inspect: (task, eyes: Eyes) => askGuards(guardsOf(task), eyes),
  want: (_task, found) => wantDone(found),
  apply,
  provable: (task) => hasGuard(guardsOf(task)),
  settleMs: ({ settle = defaultSettleSeconds }) => settle * 1000,
  describe: (task) => `would run \`${typed(task)}\``,
  needs: ({ file, executable, chdir }) => ({
    programs: [executable ?? interpreterOf(file.content)[0] ?? '/bin/sh'],
    chdir,
  }),
});
