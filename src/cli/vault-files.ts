// What `playbook vault` does to files: all are opened before the first is written, so that a wrong password changes none.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { isVault, seal } from '../load/vault/format.js';
import { openWith } from '../load/vault/open.js';
import type { Opened } from '../load/vault/open.js';
import type { VaultPassword } from '../load/vault/passwords.js';
import type { FileCommand, VaultCommandFlags } from './commands/vault.js';
import { editInPrivate } from './edit-in-private.js';
import { tell } from './io.js';
import type { Io } from './io.js';
import { replaceFile, reasonOf } from './replace-file.js';
import { askTwice, chosen, passwordsOrAsk } from './vault-choice.js';
import { passwordsOf } from './vault-passwords.js';

interface Stored {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
}

interface Work {
  readonly io: Io;
  readonly files: readonly Stored[];
  readonly passwords: readonly VaultPassword[];
  readonly flags: VaultCommandFlags;
}

/** Does one of the commands to files. */
export async function workOnFiles(
  io: Io,
  command: FileCommand,
  names: readonly string[],
  flags: VaultCommandFlags,
): Promise<ExitCode> {
  if (flags.output !== undefined && names.length > 1) {
    const hint = 'give one file, or leave `--output` out';
    return tell(io, [error('vault/which-output', '`--output` takes one file', undefined, { hint })]);
  }
  const files = all([...new Set(names)].map((name) => readStored(io, name)));
  if (!files.ok) return tell(io, files.problems);
  const passwords = await passwordsOrAsk(io, flags, command === 'encrypt');
  if (!passwords.ok) return tell(io, passwords.problems);
  const done = await works[command]({ io, files: files.value, passwords: passwords.value, flags });
  return done.ok ? exitCode.done : tell(io, done.problems);
}

const works: Readonly<Record<FileCommand, (work: Work) => Promise<Result<unknown>> | Result<unknown>>> = {
  encrypt: ({ io, files, passwords, flags }) =>
    andThen(all(files.map(plainOnly)), () =>
      andThen(chosen(passwords, flags), ({ secret, label }) =>
        all(files.map((file) => write(io, file, seal(file.bytes, secret, label), flags))),
      ),
    ),
  decrypt: (work) =>
    andThen(openAll(work), (opened) => all(opened.map(({ file, plain }) => write(work.io, file, plain, work.flags)))),
  view: (work) =>
    andThen(openAll(work), (opened) => {
      for (const { plain } of opened) work.io.stdout.write(plain);
      return ok(undefined);
    }),
  edit: async (work) => {
    const opened = openAll(work);
    if (!opened.ok) return opened;
    for (const each of opened.value) {
      const done = await edit(work.io, each);
      if (!done.ok) return done;
    }
    return ok(undefined);
  },
  rekey: async (work) => {
    const opened = openAll(work);
    if (!opened.ok) return opened;
    const next = await newPassword(work);
    return andThen(next, ({ label, secret }) =>
      all(opened.value.map((each) => write(work.io, each.file, seal(each.plain, secret, label ?? each.label), {}))),
    );
  },
};

type OpenedFile = Opened & { readonly file: Stored };

function openAll({ files, passwords }: Work): Result<readonly OpenedFile[]> {
  return all(
    files.map((file) =>
      andThen(openWith(file.bytes.toString('latin1'), placeOf(file), passwords), (opened) => ok({ ...opened, file })),
    ),
  );
}

/** The first line of a file, which says whether it is encrypted; of a plain one nothing is shown. */
function placeOf({ name, bytes }: Stored) {
  const text = isVault(bytes) ? bytes.toString('latin1') : '';
  return { source: { path: name, text }, start: 0, end: /\r?\n|$/.exec(text)?.index ?? 0 };
}

function plainOnly(file: Stored): Result<undefined> {
  if (!isVault(file.bytes)) return ok(undefined);
  const hint = 'change its password with `playbook vault rekey`';
  return fail(error('vault/encrypted-already', 'this is encrypted already', placeOf(file), { hint }));
}

function readStored(io: Io, name: string): Result<Stored> {
  const path = resolve(io.directory, name);
  try {
    return ok({ name, path, bytes: readFileSync(name === '-' ? 0 : path) });
  } catch (thrown) {
    const hint = 'check its name, owner and mode with `ls -l`';
    return fail(error('file/unreadable', `cannot read \`${name}\`: ${reasonOf(thrown)}`, undefined, { hint }));
  }
}

function write(io: Io, { name, path }: Stored, content: Uint8Array | string, { output }: VaultCommandFlags) {
  const to = output ?? name;
  if (to === '-') {
    io.stdout.write(content);
    return ok(undefined);
  }
  return replaceFile(output === undefined ? path : resolve(io.directory, output), Buffer.from(content));
}

async function edit(io: Io, { file, plain, by, label }: OpenedFile): Promise<Result<undefined>> {
  const edited = await editInPrivate(io, file.name, plain);
  if (!edited.ok) return edited;
  if (edited.value.equals(plain)) return ok(undefined);
  if (!readFileSync(file.path).equals(file.bytes)) {
    const hint = 'nothing was written, and the edit is gone; edit it again';
    return fail(error('vault/changed', `\`${file.name}\` was changed by somebody else meanwhile`, undefined, { hint }));
  }
  return replaceFile(file.path, Buffer.from(seal(edited.value, by.secret, label)));
}

/** The password to encrypt with anew; without a label of its own the files keep theirs. */
async function newPassword({
  io,
  flags,
}: Work): Promise<Result<{ readonly secret: Uint8Array; readonly label?: string }>> {
  const { newVaultPasswordFile, newVaultId } = flags;
  if (newVaultId !== undefined) {
    return andThen(await passwordsOf(io, { vaultId: [newVaultId] }), (read) => chosen(read, {}));
  }
  if (newVaultPasswordFile === undefined) return andThen(await askTwice(io), (secret) => ok({ secret }));
  const read = await passwordsOf(io, { vaultPasswordFile: [newVaultPasswordFile] });
  return andThen(read, (passwords) => andThen(chosen(passwords, {}), ({ secret }) => ok({ secret })));
}
