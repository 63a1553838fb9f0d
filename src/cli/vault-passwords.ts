// Where vault passwords come from: files, programs that print them, and people. They are read before anything else is, are
// known as secrets from then on, and are never written down.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { error } from '../core/diagnostic.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Vault } from '../load/vault/open.js';
import { defaultLabel, readVaultId } from '../load/vault/passwords.js';
import type { VaultId, VaultPassword } from '../load/vault/passwords.js';
import { collect } from './add-command.js';
import { identitiesOf } from './age-identities.js';
import type { Io } from './io.js';
import { ownPath } from './own-path.js';
import { readLine } from './read-line.js';
import { warnOfForeignCode } from './foreign-code.js';
import { secretReader } from './secret-reader.js';

/** The flags of every command that reads what may be encrypted. */
export interface VaultFlags {
  readonly vaultPasswordFile?: readonly string[] | undefined;
  readonly vaultId?: readonly string[] | undefined;
  readonly askVaultPass?: boolean | undefined;
  readonly ageIdentityFile?: readonly string[] | undefined;
}

/** Adds the flags that say what opens encrypted files and values. */
export function vaultFlags(command: Command): Command {
  return passwordFlags(command).addOption(
    new Option(
      '--age-identity-file <FILE>',
      'holds keys for files of age and SOPS, or prints them when it is executable; may be repeated',
    ).argParser(collect),
  );
}

/** Adds the flags that say where vault passwords come from. */
export function passwordFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--vault-password-file <FILE>',
        'holds the vault password, or prints it when it is executable; may be repeated',
      ).argParser(collect),
    )
    .addOption(
      new Option('--vault-id <LABEL@FILE>', 'the same for one vault id, or LABEL@prompt; may be repeated').argParser(
        collect,
      ),
    )
    .option('--ask-vault-pass', 'ask for the vault password');
}

/** The flags, with the files that the environment names where they name none. */
export function withEnvironment<T extends VaultFlags>(io: Io, given: T): T {
  const keys = io.environment['SOPS_AGE_KEY_FILE'] ?? '';
  const flags = given.ageIdentityFile === undefined && keys !== '' ? { ...given, ageIdentityFile: [keys] } : given;
  if (flags.vaultPasswordFile !== undefined || flags.vaultId !== undefined || flags.askVaultPass === true) return flags;
  const named = io.environment['PLAYBOOK_VAULT_PASSWORD_FILE'] ?? io.environment['ANSIBLE_VAULT_PASSWORD_FILE'] ?? '';
  return named === '' ? flags : { ...flags, vaultPasswordFile: [named] };
}

/** The process with its vault passwords and keys, as the flags and the environment say. */
export async function withVaultOf(io: Io, given: VaultFlags): Promise<Result<Io>> {
  const flags = withEnvironment(io, given);
  return andThen(await passwordsOf(io, flags), (passwords) => {
    const identities = identitiesOf(io, flags.ageIdentityFile);
    const vault: Vault = { passwords, identities, learn: (secret) => io.redactor.add(secret) };
    return ok({ ...io, vault });
  });
}

/** The process of a command that goes to hosts, which may read what `!secret` names too. */
export async function withSecretsOf(process: Io, flags: VaultFlags): Promise<Result<Io>> {
  warnOfForeignCode(process);
  return andThen(await withVaultOf(process, flags), (io) =>
    ok(io.vault === undefined ? io : { ...io, vault: { ...io.vault, secrets: secretReader(io) } }),
  );
}

/** The passwords that the flags name, in their order. */
export async function passwordsOf(io: Io, flags: VaultFlags): Promise<Result<readonly VaultPassword[]>> {
  const ids = all((flags.vaultId ?? []).map(readVaultId));
  if (!ids.ok) return ids;
  const files = (flags.vaultPasswordFile ?? []).map((file): VaultId => ({ label: defaultLabel, file }));
  const asked: readonly VaultId[] = flags.askVaultPass === true ? [{ label: defaultLabel }] : [];
  const read: Result<VaultPassword>[] = [];
  // One after another: two questions at once could not be answered.
  for (const id of [...ids.value, ...files, ...asked]) read.push(await passwordOf(io, id));
  return all(read);
}

async function passwordOf(io: Io, { label, file }: VaultId): Promise<Result<VaultPassword>> {
  const words = file === undefined ? await askFor(io, `vault password (${label}): `) : await readOrRun(io, file, label);
  return andThen(words, (secret) => {
    io.redactor.add(secret.toString());
    return ok({ label, secret });
  });
}

/** Asks for a password, unseen. */
export async function askFor(io: Io, prompt: string): Promise<Result<Buffer>> {
  if (!io.stdin.isTTY) {
    const hint = 'run it in a terminal, or give `--vault-password-file FILE`';
    return fail(
      error('cli/no-terminal', 'a vault password cannot be asked for without a terminal', undefined, { hint }),
    );
  }
  const read = await readLine({ input: io.stdin, output: io.stderr, prompt, hidden: true });
  const typed = read.kind === 'line' ? read.line.trim() : '';
  if (typed !== '') return ok(Buffer.from(typed));
  return fail(error('cli/no-password', 'no password was typed', undefined, { hint: 'nothing was connected to' }));
}

async function readOrRun(io: Io, file: string, label: string): Promise<Result<Buffer>> {
  const path = ownPath(io, file);
  try {
    if (!statSync(path).isFile()) return fail(noPasswordIn(file, 'it is not a file'));
    const words = isExecutable(path) ? await printedBy(io, path, label) : readFileSync(path);
    if (typeof words === 'string') return fail(noPasswordIn(file, words));
    const secret = trimmed(words);
    return secret.length === 0 ? fail(noPasswordIn(file, 'it is empty')) : ok(secret);
  } catch (thrown) {
    return fail(noPasswordIn(file, thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)));
  }
}

function isExecutable(path: string): boolean {
  // For root every file with one such bit counts, as it does for the kernel.
  if ((statSync(path).mode & 0o111) === 0) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a program prints, or why there is nothing; it may use the terminal, and no shell stands between. */
function printedBy(io: Io, path: string, label: string): Promise<Buffer | string> {
  // Ansible's convention for programs that know several passwords.
  const knowsIds = basename(path, extname(path)).endsWith('-client');
  const child = spawn(path, knowsIds ? ['--vault-id', label] : [], {
    cwd: io.directory,
    env: io.environment,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done) => {
    child.on('error', (cause: NodeJS.ErrnoException) => done(`it cannot be run: ${cause.code ?? cause.message}`));
    child.on('close', (code, signal) =>
      done(code === 0 ? Buffer.concat(chunks) : `it ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}

/** Without white space at both ends, which editors leave and nobody means. */
function trimmed(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  // Only what is white space in ASCII: the bytes of other characters are none, whatever they would be in Latin 1.
  const start = /^[ \t-\r]*/.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && /[ \t-\r]/.test(text.charAt(end - 1))) end -= 1;
  return bytes.subarray(start, end);
}

function noPasswordIn(file: string, why: string) {
  const hint = 'the file holds the password and nothing else; when it is executable, it is run and prints it';
  return error('vault/password-file', `no vault password from \`${file}\`: ${why}`, undefined, { hint });
}
