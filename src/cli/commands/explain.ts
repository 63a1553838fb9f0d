// `playbook explain`: what a code means and what to do about it; and `playbook explain var`: where a variable's value
// comes from, every layer that says it, and the winner.
import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { codes } from '../../core/codes/index.js';
import { error } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import type { LayeredDefinition, Scope } from '../../core/scope.js';
import { whereIs } from '../../core/source.js';
import type { Value } from '../../core/value.js';
import { didYouMean } from '../../core/words.js';
import { codeLines, codeList, codesPage } from '../../report/codes.js';
import { padTo, safeLine } from '../../report/text.js';
import type { Theme } from '../../report/theme.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { printLines, tell, themeOf } from '../io.js';
import type { Io } from '../io.js';
import { vaultFlags, withVaultOf } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';

interface Flags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly host: string;
}

/** Adds `playbook explain [CODE]` and `playbook explain var NAME`. */
export const addExplain: AddCommand = (program, io, end) => {
  const command = program
    .command('explain')
    .argument('[CODE]', 'a code such as `playbook/unknown-module`; all when it is left out')
    .description('explain a code, or where the value of a variable comes from')
    .option('--write <FILE>', 'write the page of all codes into a file instead')
    .action((code: string | undefined, { write }: { readonly write?: string }) => end(explainCode(io, code, write)));
  const variable = command
    .command('var')
    .argument('<NAME>', 'a variable')
    .description('every layer that says a variable of a host, and which one wins')
    .addOption(new Option('-i, --inventory <FILE>', 'an inventory; may be repeated').argParser(collect))
    .addOption(new Option('-e, --extra-vars <NAME=VALUE>', 'a variable, or @FILE; may be repeated').argParser(collect))
    .requiredOption('--host <NAME>', 'the host that sees it');
  vaultFlags(variable).action(async (name: string, flags: Flags) => end(await explain(io, name, flags)));
};

function explainCode(io: Io, code: string | undefined, write: string | undefined): ExitCode {
  if (write !== undefined) {
    writeFileSync(write, codesPage(codes));
    printLines(io, [write]);
    return exitCode.done;
  }
  const entry = code === undefined ? undefined : codes.get(code);
  if (code !== undefined && entry === undefined) {
    const near = [...codes.keys()].filter((each) => each.endsWith(`/${code}`)).map((each) => `\`${each}\``);
    const hint = near.length === 0 ? didYouMean(code, codes.keys()) : `did you mean ${near.join(' or ')}?`;
    return tell(io, [error('cli/unknown-code', `no code \`${code}\``, undefined, { hint })]);
  }
  const theme = themeOf(io);
  printLines(io, code === undefined || entry === undefined ? codeList(codes, theme) : codeLines(code, entry, theme));
  return exitCode.done;
}

async function explain(process: Io, name: string, flags: Flags): Promise<ExitCode> {
  const opened = await withVaultOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const { loadAll } = await import('../load-all.js');
  const loaded = loadAll(io, { playbooks: [], ...flags });
  if (!loaded.ok) return tell(io, loaded.problems);
  const { inventory } = loaded.value;
  const host = inventory.hosts.get(flags.host);
  if (host === undefined) {
    const hint = didYouMean(flags.host, inventory.hosts.keys());
    return tell(io, [error('cli/unknown-host', `no host \`${flags.host}\` in the inventory`, undefined, { hint })]);
  }
  const scope = inventory.scopeOf(host);
  if (!scope.has(name)) {
    const hint = didYouMean(name, scope.names());
    return tell(io, [
      error('cli/unknown-variable', `nothing says the variable \`${name}\` for \`${flags.host}\``, undefined, { hint }),
    ]);
  }
  printLines(io, lines(io, name, scope, themeOf(io)));
  return exitCode.done;
}

function lines(io: Io, name: string, scope: Scope, theme: Theme): readonly string[] {
  const value = scope.get(name);
  const definitions = scope.definitions(name);
  const shown = value === undefined ? '' : value.ok ? json(io, value.value) : (value.problems[0]?.message ?? '');
  const rows = definitions.map((each) => ({
    who: `${each.layer} (${safeLine(each.saidBy)})`,
    where: each.span === undefined ? '' : safeLine(whereIs(each.span)),
    said: saidText(io, each),
  }));
  const whoWidth = Math.max(0, ...rows.map(({ who }) => who.length));
  const whereWidth = Math.max(0, ...rows.map(({ where }) => where.length));
  return [
    `${theme.bold(safeLine(name))} = ${shown}`,
    ...(rows.length === 0 ? ['  known everywhere; no layer can change it'] : []),
    ...rows.map(({ who, where, said }, at) => {
      const line = `${padTo(who, whoWidth)}  ${padTo(where, whereWidth)}  ${said}`.trimEnd();
      return at === 0 ? `${theme.green('  wins')}  ${line}` : theme.dim(`  lost  ${line}`);
    }),
  ];
}

function saidText(io: Io, { value, span }: LayeredDefinition): string {
  if (span?.source.sealed === true) return '********';
  return value.kind === 'data' ? json(io, value.data) : safeLine(io.redactor.text(value.template.text.trim()));
}

function json(io: Io, value: Value): string {
  return safeLine(io.redactor.text(JSON.stringify(io.redactor.leaves(value))));
}
