// `playbook inventory`: what the inventories say, after merging and before anything is connected to.
import { Option } from 'commander';
import { error } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import type { ExitCode } from '../../core/exit.js';
import type { Host, Inventory } from '../../core/inventory.js';
import { hiddenByName } from '../../core/redact.js';
import type { Value } from '../../core/value.js';
import { didYouMean } from '../../core/words.js';
import { safeJson, safeLine } from '../../report/text.js';
import type { Theme } from '../../report/theme.js';
import { collect } from '../add-command.js';
import type { AddCommand } from '../add-command.js';
import { print, printLines, tell, themeOf } from '../io.js';
import type { Io } from '../io.js';
import { vaultFlags, withVaultOf } from '../vault-passwords.js';
import type { VaultFlags } from '../vault-passwords.js';

interface Flags extends VaultFlags {
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly graph?: boolean;
  readonly host?: string;
  readonly list?: boolean;
}

/** Adds `playbook inventory`. */
export const addInventory: AddCommand = (program, io, end) => {
  const command = program
    .command('inventory')
    .description('show hosts, groups and variables of inventories')
    .addOption(new Option('-i, --inventory <FILE>', 'an inventory; may be repeated').argParser(collect))
    .addOption(new Option('-e, --extra-vars <NAME=VALUE>', 'a variable, or @FILE; may be repeated').argParser(collect))
    .option('--graph', 'groups and their hosts as a tree (the default)')
    .option('--host <NAME>', 'the variables of one host, as JSON')
    .option('--list', 'all hosts and groups with their variables, as JSON');
  vaultFlags(command).action(async (flags: Flags) => end(await show(io, flags)));
};

async function show(process: Io, flags: Flags): Promise<ExitCode> {
  const opened = await withVaultOf(process, flags);
  if (!opened.ok) return tell(process, opened.problems);
  const io = opened.value;
  const { loadAll } = await import('../load-all.js');
  const loaded = loadAll(io, { playbooks: [], ...flags });
  if (!loaded.ok) return tell(io, loaded.problems);
  const { inventory } = loaded.value;
  if (flags.host !== undefined) return showHost(io, inventory, flags.host);
  if (flags.list === true) printJson(io, asList(io, inventory));
  else printLines(io, graph(inventory, themeOf(io)));
  return exitCode.done;
}

function showHost(io: Io, inventory: Inventory, name: string): ExitCode {
  const host = inventory.hosts.get(name);
  if (host === undefined) {
    const hint = didYouMean(name, inventory.hosts.keys());
    return tell(io, [error('cli/unknown-host', `no host \`${name}\` in the inventory`, undefined, { hint })]);
  }
  printJson(io, variablesOf(io, inventory, host));
  return exitCode.done;
}

function printJson(io: Io, data: unknown): void {
  print(io, `${safeJson(io.redactor.data(data), 2)}\n`);
}

// These are known everywhere and would only repeat the whole inventory for each host.
const everywhere = new Set(['hostvars', 'groups', 'run', 'reachable', 'play_hosts', 'inventory_dir']);

function variablesOf(io: Io, inventory: Inventory, host: Host): Readonly<Record<string, Value>> {
  const scope = inventory.scopeOf(host);
  const names = [...scope.names()].filter((name) => !everywhere.has(name)).toSorted();
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = scope.get(name);
      if (value === undefined) return [];
      return [
        [
          name,
          value.ok
            ? hiddenByName(name, io.redactor.leaves(value.value))
            : `cannot be resolved: ${value.problems[0]?.message ?? ''}`,
        ],
      ];
    }),
  );
}

/** The form of `ansible-inventory --list`, so that scripts can read either. */
function asList(io: Io, inventory: Inventory): unknown {
  const groups = [...inventory.groups.values()].map((group) => [
    group.name,
    {
      hosts: group.hosts,
      ...(group.children.length === 0 ? {} : { children: group.children }),
    },
  ]);
  const hostvars = [...inventory.hosts.values()].map((host) => [host.name, variablesOf(io, inventory, host)]);
  return { _meta: { hostvars: Object.fromEntries(hostvars) as unknown }, ...Object.fromEntries(groups) };
}

/** The form of `ansible-inventory --graph`. */
function graph(inventory: Inventory, theme: Theme): readonly string[] {
  return [theme.bold('@all:'), ...below('all', '', inventory, theme)];
}

function below(name: string, indent: string, inventory: Inventory, theme: Theme): readonly string[] {
  const group = inventory.groups.get(name);
  if (group === undefined) return [];
  const inChildren = new Set(group.children.flatMap((child) => inventory.groups.get(child)?.hosts ?? []));
  const own = group.hosts.filter((host) => !inChildren.has(host));
  return [
    ...group.children.flatMap((child) => [
      `${indent}  |--${theme.bold(`@${safeLine(child)}:`)}`,
      ...below(child, `${indent}  |`, inventory, theme),
    ]),
    ...own.map((host) => `${indent}  |--${safeLine(host)}`),
  ];
}
