// `playbook vault`: encrypts, decrypts, shows and edits what Ansible Vault's format holds, so that nobody needs a second tool.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { AddCommand } from '../add-command.js';
import { something } from '../add-command.js';
import { passwordFlags } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';

/** The flags of `playbook vault` and its commands. */
export interface VaultCommandFlags extends VaultFlags {
  readonly encryptVaultId?: string;
  readonly output?: string;
  readonly newVaultPasswordFile?: string;
  readonly newVaultId?: string;
  readonly name?: string;
}

const commands = {
  encrypt: 'encrypt files in their place',
  decrypt: 'decrypt files in their place',
  view: 'print what encrypted files say',
  edit: 'edit encrypted files with $VISUAL, $EDITOR or vi',
  rekey: 'encrypt encrypted files with another password',
} as const;

/** The commands that take files. */
export type FileCommand = keyof typeof commands;

/** Adds `playbook vault encrypt|decrypt|view|edit|rekey FILE...` and `playbook vault encrypt-string`. */
export const addVault: AddCommand = (program, io, end) => {
  const vault = program.command('vault').description('encrypt and decrypt files and values as ansible-vault does');
  for (const name of Object.keys(commands) as FileCommand[]) {
    const command = passwordFlags(vault.command(name).argument('<FILE...>', 'files').description(commands[name]));
    flagsOf[name]?.(command);
    command.action(async (files: readonly string[], flags: VaultCommandFlags) => {
      const { workOnFiles } = await import('../vault-files.js');
      end(await workOnFiles(io, name, files, flags));
    });
  }
  const command = vault
    .command('encrypt-string')
    .argument('[TEXT]', 'the value; better typed, or given on standard input, where no other user sees it')
    .description('print a value as `!vault`, to be pasted into a YAML file')
    .addOption(new Option('-n, --name <NAME>', 'the variable that the value is for').argParser(something));
  withId(passwordFlags(command)).action(async (text: string | undefined, flags: VaultCommandFlags) => {
    const { encryptString } = await import('../vault-string.js');
    end(await encryptString(io, text, flags));
  });
};

const flagsOf: Readonly<Partial<Record<FileCommand, (command: Command) => void>>> = {
  encrypt: (command) => withOutput(withId(command)),
  decrypt: (command) => withOutput(command),
  rekey: (command) =>
    command
      .addOption(new Option('--new-vault-password-file <FILE>', 'holds the new password').argParser(something))
      .addOption(new Option('--new-vault-id <LABEL@FILE>', 'the new vault id and password').argParser(something)),
};

function withId(command: Command): Command {
  return command.addOption(
    new Option('--encrypt-vault-id <LABEL>', 'encrypt with this one of several vault ids').argParser(something),
  );
}

function withOutput(command: Command): void {
  command.addOption(new Option('--output <FILE>', 'write there instead; `-` is standard output').argParser(something));
}
