// What is wrong with what is encrypted, and with the passwords that should open it.
import type { CodeEntries } from './entry.js';

/** The codes of encrypted files and values. */
export const vaultCodes = {
  'vault/bad-id': {
    means: 'The value of `--vault-id` says no label and file.',
    help: 'Write `LABEL@FILE`, or `LABEL@prompt` to be asked.',
    example: 'playbook validate wrong.yml --vault-id prod@',
  },
  'vault/damaged': {
    means: 'What is encrypted is cut off or has been changed, so that no password can open it.',
    help: 'Take it from a backup or from version control.',
    example: '3132',
  },
  'vault/no-password': {
    means: 'A file or value is encrypted, and the command was given no vault password.',
    help: 'Give `--vault-password-file FILE`, `--vault-id LABEL@FILE` or `--ask-vault-pass`, or name the file in PLAYBOOK_VAULT_PASSWORD_FILE.',
    example: 'playbook validate wrong.yml',
  },
  'vault/not-encrypted': {
    means: 'A value behind `!vault`, or a file that is to be decrypted, does not begin as encrypted text does.',
    help: 'Leave the tag out, or encrypt it: `playbook vault encrypt`, `playbook vault encrypt-string`.',
    example: '    plain_password: !vault changeme',
  },
  'vault/password-file': {
    means: 'The vault password cannot be had from the file or program that was named.',
    help: 'The file holds the password and nothing else; when it is executable, it is run and prints it.',
    example: 'playbook validate wrong.yml --vault-password-file missing.txt',
  },
  'vault/unknown-format': {
    means: 'The header of what is encrypted names a version or cipher that is not known here.',
    help: 'Encrypt it anew with `ansible-vault rekey`: versions 1.1 and 1.2 with AES256 are known.',
    example: '$ANSIBLE_VAULT;1.0;AES',
  },
  'vault/wrong-password': {
    means: 'None of the vault passwords that were given opens this, or a byte of it has changed.',
    help: 'Give the password that it was encrypted with; with several vault ids, check which file belongs to which.',
    example: 'playbook validate wrong.yml --vault-password-file other.txt',
  },
} satisfies CodeEntries;
