// Problems of what was encrypted with age or SOPS, and of secrets that stand elsewhere.
import type { CodeEntries } from './entry.js';

/** The codes. */
export const sealedCodes = {
  'age/damaged': {
    means: 'What is encrypted with age is cut off or has been changed, so that no key can open it.',
    help: 'Take it from a backup or from version control.',
    example: 'playbook validate damaged.yml --age-identity-file keys.txt',
  },
  'age/identity-file': {
    means: 'The file or program that was named gives no identity of age.',
    help: 'Give what `age-keygen` wrote: lines that start with `AGE-SECRET-KEY-1`, and comments.',
    example: 'playbook validate sealed.yml --age-identity-file wrong-keys.txt',
  },
  'age/no-identity': {
    means: 'A file is encrypted with age or SOPS, and the command was given no identity.',
    help: 'Give `--age-identity-file FILE`, or name the file in SOPS_AGE_KEY_FILE.',
    example: 'playbook validate sealed.yml',
  },
  'age/passphrase': {
    means: 'A file is encrypted with a passphrase of age, which is not asked for here.',
    help: 'Encrypt it for a recipient: `age -r AGE1...`.',
    example: 'playbook validate passphrase.yml --age-identity-file keys.txt',
  },
  'age/unknown-format': {
    means: 'The first line of what is encrypted names a version of age that is not known here.',
    help: 'Encrypt it anew with `age` 1.x.',
    example: 'playbook validate later.yml --age-identity-file keys.txt',
  },
  'age/wrong-identity': {
    means: 'None of the identities that were given is a recipient of this file.',
    help: 'Give the identity that belongs to one of its recipients, or let who can open it encrypt it for yours too.',
    example: 'playbook validate sealed.yml --age-identity-file other-keys.txt',
  },
  'secret/not-there': {
    means: 'The variable, file or program that `!secret` names gives no value.',
    help: 'Set the variable, write the file, or run the program by hand to see what it says.',
    example: 'playbook run play.yml -i elsewhere.yml',
  },
  'secret/wrong-form': {
    means: 'What stands behind `!secret` does not say where the secret is.',
    help: 'Write `!secret { env: NAME }`, `!secret { file: PATH }` or `!secret { command: PROGRAM WORDS }`.',
    example: '    wrong_password: !secret { vault: prod }',
  },
  'sops/changed': {
    means:
      'A file of SOPS was changed by something else than SOPS: a value cannot be decrypted, or they are not all those that were sealed.',
    help: 'Take it from version control, or change it with `sops`.',
    example: 'playbook validate changed.yml --age-identity-file keys.txt',
  },
  'sops/not-age': {
    means: 'A file of SOPS has no recipient of age, or its key is split over several groups of keys.',
    help: 'Add a recipient: `sops rotate --add-age AGE1... -i FILE`.',
    example: 'playbook validate not-age.yml --age-identity-file keys.txt',
  },
} satisfies CodeEntries;
