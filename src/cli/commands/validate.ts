// `playbook validate`: every problem of playbooks and inventories, all at once, without connecting to anything.
import { Option } from 'commander';
import { hasErrors } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import { count } from '../../report/text.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { print, tell } from '../io.js';
import type { Io } from '../io.js';

interface Flags {
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly limit?: string;
}

/** Adds `playbook validate FILE...`. */
export const addValidate: AddCommand = (program, io, end) => {
  program
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
    .action(async (files: readonly string[], flags: Flags) => end(await validate(io, files, flags)));
};

async function validate(io: Io, files: readonly string[], flags: Flags): Promise<ExitCode> {
  const { problemsOfFile, kindOfFile } = await import('../validate-file.js');
  const kinds = new Map(files.map((file) => [file, kindOfFile(file, io.directory)]));
  const playbooks = files.filter((file) => kinds.get(file) === 'playbook');
  const alone = new Map(files.map((file) => [file, problemsOfFile(file, kinds.get(file) ?? 'playbook', io.directory)]));
  const problems = [...alone.values()].flat();
  if (flags.inventory !== undefined && !hasErrors(problems)) problems.push(...(await together(io, playbooks, flags)));
  const code = tell(io, unique(problems));
  const words = problems.length === 0 ? 'no problems' : 'no errors';
  if (code === exitCode.done) print(io, `${count(files.length, 'file')}, ${words}\n`);
  return code;
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
