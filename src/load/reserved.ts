// Names that the runner itself says; a variable of the same name would never be seen, so it is refused.

/** Keys by which programs of JavaScript are attacked; nothing that a person names is called so. */
export const reservedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Names known everywhere that no file and no `-e` may say. */
export const reservedNames: ReadonlySet<string> = new Set([
  'inventory_hostname',
  'inventory_hostname_short',
  'inventory_dir',
  'group_names',
  'groups',
  'hostvars',
  'play_hosts',
  'playbook_dir',
  'run',
  'reachable',
  'this',
  'true',
  'false',
  'null',
  'undefined',
  'in',
  ...reservedKeys,
]);

/** What every variable must look like: a name that templates and conditions can both write. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
