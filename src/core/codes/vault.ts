// What is wrong with what is encrypted, and with the passwords that should open it.
import type { CodeEntries } from './entry.js';

/** The codes of encrypted files and values. */
export const vaultCodes = {
  'vault/bad-id': {
    means: 'The value of `--vault-id` says no label and file.',
    help: 'Write `LABEL@FILE`, or `LABEL@prompt` to be asked.',
    example: 'playbook validate wrong.yml --vault-id prod@',
  },
  'vault/changed': {
    means:
      'The file on the disk is another one than when `playbook vault edit` opened it, so writing would undo what somebody else did.',
    help: 'Edit it again.',
    example: "EDITOR='sh ./both.sh' playbook vault edit vars.yml --vault-password-file correct.txt",
  },
  'vault/damaged': {
    means: 'What is encrypted is cut off or has been changed, so that no password can open it.',
    help: 'Take it from a backup or from version control.',
    example: '      $ANSIBLE_VAULT;1.1;AES256\n      3132',
  },
  'vault/encrypted-already': {
    means: 'A file that is to be encrypted is encrypted already.',
    help: 'Change its password with `playbook vault rekey`.',
    example: 'playbook vault encrypt vars.yml --vault-password-file correct.txt',
  },
  'vault/line-end': {
    means: 'A value that is encrypted ends with a line end, which would be a part of the password.',
    help: "Give it without: `printf '%s' ...` instead of `echo ...`.",
    example:
      'echo open-sesame | playbook vault encrypt-string --vault-password-file correct.txt --name db_password | head -n 2',
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
  'vault/not-edited': {
    means: 'The editor cannot be run or ended with a failure; the encrypted file is as it was.',
    help: 'Name an editor in VISUAL or EDITOR.',
    example: 'EDITOR=false playbook vault edit vars.yml --vault-password-file correct.txt',
  },
  'vault/not-written': {
    means: 'The new file cannot be written; the old one is as it was.',
    help: 'Check the directory, its owner and mode, and the space on its disk.',
    example: 'playbook vault decrypt vars.yml --vault-password-file correct.txt --output missing/vars.yml',
  },
  'vault/on-command-line': {
    means: 'A value to be encrypted was given as an argument, where every user of the machine can see it.',
    help: 'Leave it out to be asked for it, or give it on standard input.',
    example: 'playbook vault encrypt-string open-sesame --vault-password-file correct.txt | head -n 2',
  },
  'vault/password-file': {
    means: 'The vault password cannot be had from the file or program that was named.',
    help: 'The file holds the password and nothing else; when it is executable, it is run and prints it.',
    example: 'playbook validate wrong.yml --vault-password-file missing.txt',
  },
  'vault/unknown-format': {
    means: 'The header of what is encrypted names a version or cipher that is not known here.',
    help: 'Encrypt it anew with `ansible-vault rekey`: versions 1.1 and 1.2 with AES256 are known.',
    example: '      $ANSIBLE_VAULT;1.0;AES',
  },
  'vault/which-id': {
    means: 'Several vault ids were given, and none of them is chosen to encrypt with.',
    help: 'Give `--encrypt-vault-id LABEL`.',
    example: 'playbook vault encrypt plain.yml --vault-id a@correct.txt --vault-id b@other.txt',
  },
  'vault/which-output': {
    means: '`--output` was given with several files, and can take one.',
    help: 'Give one file, or leave `--output` out.',
    example: 'playbook vault decrypt vars.yml plain.yml --output - --vault-password-file correct.txt',
  },
  'vault/wrong-password': {
    means: 'None of the vault passwords that were given opens this, or a byte of it has changed.',
    help: 'Give the password that it was encrypted with; with several vault ids, check which file belongs to which.',
    example: 'playbook validate wrong.yml --vault-password-file other.txt',
  },
} satisfies CodeEntries;
