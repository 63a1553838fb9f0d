// Loads inventories: finds the files, merges them in the order in which they were given, and answers for hosts, groups,
// patterns and variables.
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Group, Host, Inventory } from '../core/inventory.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { Scope } from '../core/scope.js';
import type { Definition } from '../core/scope.js';
import type { Span } from '../core/source.js';
import type { SecretKeeper } from '../core/template.js';
import { lazyMap, mapOf } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';
import { nearest } from '../core/words.js';
import { withOurNames } from './ansible-names.js';
import { asGiven, lookAt, namesIn, readSource, real } from './files.js';
import { readVariablesBeside } from './group-vars.js';
import type { ParseFile } from './group-vars.js';
import { InventoryBuilder } from './inventory-builder.js';
import { readInventoryFile } from './inventory-file.js';
import { UnresolvedVariable } from './paths.js';
import { selectHosts } from './pattern.js';
import { parseYaml } from './yaml.js';

/** What an inventory is loaded with, besides its files. */
export interface InventoryOptions {
  /** What `-i` names are relative to. */
  readonly cwd?: string;
  /** The variables of `-e`. */
  readonly cli?: readonly Definition[];
  /** Told what the templates of hosts make of secrets. */
  readonly secrets?: SecretKeeper;
  /** How a YAML file is read; from the disk unless said otherwise. */
  readonly parse?: ParseFile;
}

/** The inventory of one or more `-i`, merged in order; every problem of all its files. */
export function loadInventory(names: readonly string[], options: InventoryOptions = {}): Result<Inventory> {
  const { cwd = process.cwd(), cli = [], parse = readYaml, secrets } = options;
  const problems: Diagnostic[] = [];
  const builder = new InventoryBuilder();
  const files: string[] = [];
  for (const name of names) {
    const found = findInventory(name, cwd);
    if (!found.ok) problems.push(...found.problems);
    else files.push(...found.value);
  }
  problems.push(...readFiles(files, builder, parse), ...builder.problems());
  const [first] = files;
  if (first === undefined && problems.length === 0) {
    const hint = 'name one with `-i`, such as `-i dc1.yml`';
    problems.push(error('inventory/none', 'no inventory was given', undefined, { hint }));
  }
  if (problems.length > 0 || first === undefined) return fail(...problems);
  const built = builder.build({ source: { path: first, text: '' }, start: 0, end: 0 });
  const root = secrets === undefined ? Scope.empty : Scope.empty.withSecrets(secrets);
  return ok(
    new LoadedInventory(dirname(resolve(first)), files, built.hosts, built.groups, root.with('cli', withOurNames(cli))),
  );
}

/** The files of an inventory that a person named: here or in `inventories/`, with or without its ending; of a directory, all. */
export function findInventory(name: string, cwd: string = process.cwd()): Result<readonly string[]> {
  const directories = isAbsolute(name) ? [''] : [cwd, join(cwd, 'inventories')];
  const wanted = directories.flatMap((directory) =>
    ['', '.yml', '.yaml'].map((ending) => join(directory, name) + ending),
  );
  // A pipe or device is chosen too: reading it says what it is.
  const chosen = wanted.find((path) => !['missing', 'a directory'].includes(lookAt(path)));
  if (chosen !== undefined) return ok([asGiven(chosen)]);
  const directory = wanted.find((path) => lookAt(path) === 'a directory');
  if (directory !== undefined) return filesOfDirectory(directory);
  const known = directories.flatMap((each) =>
    namesIn(join(each, dirname(name))).filter((file) => /\.ya?ml$/.test(file) && file !== basename(name)),
  );
  const near = nearest(basename(name), [...known, ...known.map((each) => each.replace(/\.ya?ml$/, ''))]);
  const hint = near === undefined ? 'name a YAML file, or a directory of them' : `did you mean \`${near}\`?`;
  return fail(error('inventory/missing', `no inventory \`${name}\` here or in \`inventories/\``, undefined, { hint }));
}

function filesOfDirectory(directory: string): Result<readonly string[]> {
  const names = namesIn(directory)
    .filter((name) => /^[^.].*\.(?:ya?ml|json)$/.test(name))
    .toSorted();
  const files = names.map((name) => join(directory, name)).filter((path) => lookAt(path) === 'file');
  if (files.length > 0) return ok(files.map(asGiven));
  const hint = 'inventories are `.yml` files';
  return fail(
    error('inventory/missing', `no inventory in the directory \`${asGiven(directory)}\``, undefined, { hint }),
  );
}

function readFiles(files: readonly string[], builder: InventoryBuilder, parse: ParseFile): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const known = new Set<string>();
  for (const file of files) {
    const root = parse(file);
    if (root.ok) problems.push(...readInventoryFile(root.value, builder));
    else problems.push(...root.problems);
    // `group_vars/all` says something even when no file names the group.
    if (root.ok) builder.group('all', root.value.span);
  }
  for (const directory of files.map((file) => dirname(file))) {
    const path = real(directory);
    if (!known.has(path)) problems.push(...readVariablesBeside(directory, builder, parse));
    known.add(path);
  }
  return problems;
}

/** Reads a YAML file from the disk; an INI inventory is recognised and refused by name. */
function readYaml(path: string): ReturnType<ParseFile> {
  return andThen(readSource(path), (source) => {
    const line = /^(?![ \t]*(?:[#;]|$)).+$/m.exec(source.text);
    if (line !== null && /^\[[^\],]+\]\s*$/.test(line[0])) {
      const span: Span = { source, start: line.index, end: line.index + line[0].trimEnd().length };
      const hint = `convert it once: \`ansible-inventory -i ${path} --list --yaml --output ${path}.yml\``;
      return fail(error('inventory/ini', 'this is an INI inventory, and only YAML is read', span, { hint }));
    }
    return parseYaml(source);
  });
}

class LoadedInventory implements Inventory {
  readonly directory: string;
  readonly files: readonly string[];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** What is said for all hosts alike. */
  readonly #root: Scope;
  readonly #scopes = new Map<Host, Scope>();
  readonly #selected = new Map<string, Result<readonly Host[]>>();
  readonly #groupMap: ValueMap;
  readonly #hostVariables: ValueMap;
  /** Variables that are being resolved through `hostvars`, which no scope sees as a whole. */
  readonly #resolving = new Set<string>();

  constructor(
    directory: string,
    files: readonly string[],
    hosts: ReadonlyMap<string, Host>,
    groups: ReadonlyMap<string, Group>,
    root: Scope,
  ) {
    this.directory = directory;
    this.files = files;
    this.hosts = hosts;
    this.groups = groups;
    this.#root = root;
    this.#groupMap = mapOf([...groups.values()].map((group) => [group.name, group.hosts]));
    this.#hostVariables = lazyMap(hosts.keys(), (name) => this.#variablesOf(name));
  }

  select(pattern: string, span?: Span): Result<readonly Host[]> {
    const known = this.#selected.get(pattern);
    if (known !== undefined) return known;
    const selected = selectHosts(this, pattern, span);
    // A problem is told at each place that it is of.
    if (selected.ok) this.#selected.set(pattern, selected);
    return selected;
  }

  scopeOf(host: Host): Scope {
    const known = this.#scopes.get(host);
    if (known !== undefined) return known;
    const scope = this.#root
      .with('group', host.groupDefinitions)
      .with('host', host.hostDefinitions)
      .withBuiltins({
        inventory_hostname: () => host.name,
        inventory_hostname_short: () => host.name.split('.')[0] ?? host.name,
        group_names: () => host.groups.filter((name) => name !== 'ungrouped').toSorted(),
        groups: () => this.#groupMap,
        hostvars: () => this.#hostVariables,
        inventory_dir: () => this.directory,
      });
    this.#scopes.set(host, scope);
    return scope;
  }

  #variablesOf(name: string): Value {
    const host = this.hosts.get(name);
    if (host === undefined) return null;
    const scope = this.scopeOf(host);
    const names = [...scope.names()].filter((each) => each !== 'hostvars');
    return lazyMap(names, (variable) => this.#resolve(`hostvars.${name}.${variable}`, scope, variable));
  }

  #resolve(path: string, scope: Scope, variable: string): Value {
    if (this.#resolving.has(path)) {
      const circle = [...this.#resolving].slice([...this.#resolving].indexOf(path));
      const hint = `the circle is ${[...circle, path].map((each) => `\`${each}\``).join(' -> ')}`;
      const { span } = scope.definitions(variable)[0] ?? {};
      const refers = `variable \`${variable}\` refers to itself`;
      throw new UnresolvedVariable(variable, [error('variable/cycle', refers, span, { hint })]);
    }
    this.#resolving.add(path);
    try {
      const value = scope.get(variable);
      if (value?.ok === true) return value.value;
      throw new UnresolvedVariable(variable, value?.problems ?? []);
    } finally {
      this.#resolving.delete(path);
    }
  }
}
