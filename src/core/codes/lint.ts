// What is allowed and yet asks for trouble: what `playbook validate` says of it, and of the silences for it.
import type { CodeEntries } from './entry.js';

/** The codes of the linter. All are warnings, but `raw-value`. */
export const lintCodes = {
  'lint/command-without-guard': {
    means: 'A command, shell or script says by nothing whether its work is done, so each run does it again.',
    help: 'Add `creates`, `removes`, `unless` or `only_if`, or say with `changed_when` what counts as a change.',
    example: '      command: /usr/local/bin/rotate-keys',
  },
  'lint/ignored-without-reason': {
    means: '`ignore_errors: true` or `ignore_unreachable: true` lets a failure pass and does not say why.',
    help: 'Write the reason instead of `true`: it shows in the output.',
    example: '      ignore_errors: true',
  },
  'lint/pipe-without-pipefail': {
    means: 'In a shell script with a pipe only the last command can fail the task.',
    help: 'Say `executable: /bin/bash` and begin the script with `set -o pipefail`.',
    example: '      shell: pg_dump fdb | gzip > /tmp/fdb.gz',
  },
  'lint/plain-secret': {
    means: 'A secret stands in plain text in a file.',
    help: 'Leave it out: ask with `-k` and `-K`, or keep it in a file of its own that is given with `-e @FILE`.',
    example: '    db_password: correct-horse',
  },
  'lint/raw-value': {
    means: '`{{raw x}}` in a command, script or SQL is read as part of it: what is in `x` is not quoted.',
    help: 'Write `{{x}}`, or `{{ident x}}` for a name in SQL; if the text is truly code, say why in a silence.',
    example: '      shell: "ls {{raw directory}}"',
  },
  'lint/silence-without-reason': {
    means: 'A silence of the linter does not say why.',
    help: 'Write `# playbook-lint: allow RULE because REASON`.',
    example: '      # playbook-lint: allow unnamed-task',
  },
  'lint/unknown-rule': {
    means: 'A silence names a rule that the linter does not have.',
    help: 'Mend the name; `playbook explain` lists the rules below `lint/`.',
    example: '      # playbook-lint: allow unnamed-tsk because nobody reads it',
  },
  'lint/unnamed-task': {
    means: 'A task has no name, so the output and `--start-at-task` cannot say which it is.',
    help: 'Add a `name` that says what the task is for.',
    example: '    - ping:',
  },
  'lint/unused-silence': {
    means: 'A silence stands where the linter has nothing to say.',
    help: 'Take it out, or put it on the line it is for, or on the line above.',
    example: '      # playbook-lint: allow raw-value because there is none here',
  },
  'lint/unused-variable': {
    means:
      'A variable of a play, block, task or import is used by nothing. Told only where an inventory is given, too.',
    help: 'Take it out, or mend the name where it is meant to be used.',
    example: '    colour: red',
  },
} satisfies CodeEntries;
