// `playbook validate`: every problem of playbooks and inventories, all at once, without connecting to anything; and
// what is no error but asks for trouble. For a person, or as lines or SARIF for a program.
import { Option } from 'commander';
import { hasErrors } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import { whereIs } from '../../core/source.js';
import { count } from '../../report/text.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { print, tell } from '../io.js';
import type { Io } from '../io.js';
import type { CheckedFile } from '../validate-file.js';
import { vaultFlags, withVaultOf } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';

const outputs = ['text', 'jsonl', 'sarif'] as const;

interface Flags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly limit?: string;
  readonly output: (typeof outputs)[number];
  readonly strict?: boolean;
  readonly fix?: boolean;
}

/** Adds `playbook validate FILE...`. */
export const addValidate: AddCommand = (program, io, end) => {
  const command = program
    .command('validate')
    .argument('<FILE...>', 'playbooks and inventories')
    .description('every problem of playbooks and inventories; nothing is connected to')
    .addOption(
      new Option('-i, --inventory <FILE>', 'check every variable of every host, too; may be repeated').argParser(
        collect,
      ),
    )
    .addOption(new Option('-e, --extra-vars <NAME=VALUE>', 'a variable, or @FILE; may be repeated').argParser(collect))
    .option('-l, --limit <PATTERN>', 'only these hosts')
    .addOption(new Option('-o, --output <FORMAT>', 'what to print').choices(outputs).default('text'))
    .option('--strict', 'warnings count as errors')
    .option('--fix', 'mend in the files what leaves no doubt, and nothing else');
  vaultFlags(command).action(async (files: readonly string[], flags: Flags) => end(await validate(io, files, flags)));
};

async function validate(process: Io, files: readonly string[], flags: Flags): Promise<ExitCode> {
  const opened = await withVaultOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  let problems = await problemsOf(io, files, flags);
  // Behind a file that cannot be read there may be more to mend.
  for (let fixed = flags.fix === true; fixed;) {
    const { applyFixes } = await import('../../load/fixes.js');
    const mended = applyFixes(problems);
    io.stderr.write(mended.map(fixedLine).join(''));
    fixed = mended.length > 0;
    if (fixed) problems = await problemsOf(io, files, flags);
  }
  const { codeOf, printProblems } = await import('../tell-problems.js');
  if (flags.output !== 'text') {
    printProblems(io, problems, flags.output);
    return codeOf(problems, flags.strict);
  }
  tell(io, problems);
  const code = codeOf(problems, flags.strict);
  const words = problems.length === 0 ? 'no problems' : 'no errors';
  if (code === exitCode.done) print(io, `${count(files.length, 'file')}, ${words}\n`);
  return code;
}

function fixedLine({ code, span, fix }: Diagnostic): string {
  return fix === undefined || span === undefined ? '' : `fixed: ${whereIs(span)} is \`${fix.text}\` now (${code})\n`;
}

async function problemsOf(io: Io, files: readonly string[], flags: Flags): Promise<readonly Diagnostic[]> {
  const [{ checkFile, lintFiles }, { withVault }] = await Promise.all([
    import('../validate-file.js'),
    import('../../load/vault/open.js'),
  ]);
  const checked: readonly CheckedFile[] = withVault(io.vault, () =>
    [...new Set(files)].map((file) => checkFile(file, io.directory)),
  );
  const problems = checked.flatMap((each) => each.problems);
  const playbooks = checked.filter(({ kind }) => kind === 'playbook').map(({ name }) => name);
  if (flags.inventory !== undefined && !hasErrors(problems)) problems.push(...(await together(io, playbooks, flags)));
  if (!hasErrors(problems)) {
    problems.push(...withVault(io.vault, () => lintFiles(checked, flags.inventory ?? [], io.directory)));
  }
  return unique(problems);
}

/** What only shows when a playbook and an inventory are seen together. */
async function together(io: Io, playbooks: readonly string[], flags: Flags): Promise<readonly Diagnostic[]> {
  const { loadAll } = await import('../load-all.js');
  const found: Diagnostic[] = [];
  // Each playbook has params of its own, so each is seen alone.
  for (const playbook of playbooks) {
    const loaded = loadAll(io, { ...flags, playbooks: [playbook], forRun: true });
    found.push(...(loaded.ok ? loaded.value.warnings : loaded.problems));
  }
  return found;
}

/** A file that several playbooks import has its problems said once. */
function unique(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter(({ code, span, message }) => {
    const key = JSON.stringify([code, message, span?.source.path, span?.start]);
    return !seen.has(key) && seen.add(key);
  });
}
