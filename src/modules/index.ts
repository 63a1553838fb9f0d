// The registry of modules. One visible line for each: the compiler sees it, and the schema, the documentation,
// completion and the law tests of a module follow from it.
import type { AnyModule } from '../core/module.js';
import { assert } from './assert.js';
import { browser } from './browser.js';
import { command } from './command.js';
import { confirm } from './confirm.js';
import { copy } from './copy.js';
import { debug } from './debug.js';
import { fail } from './fail.js';
import { fetch } from './fetch.js';
import { file } from './file.js';
import { lineinfile } from './lineinfile.js';
import { pause } from './pause.js';
import { ping } from './ping.js';
import { postgresqlDump } from './postgresql-dump.js';
import { postgresqlFence } from './postgresql-fence.js';
import { postgresqlRestore } from './postgresql-restore.js';
import { postgresqlSchema } from './postgresql-schema.js';
import { process } from './process.js';
import { properties } from './properties.js';
import { script } from './script.js';
import { service } from './service.js';
import { setFact } from './set-fact.js';
import { shell } from './shell.js';
import { slonyStatus } from './slony-status.js';
import { sql } from './sql.js';
import { stat } from './stat.js';
import { template } from './template.js';
import { uri } from './uri.js';
import { waitFor } from './wait-for.js';

const all: readonly AnyModule[] = [
  assert,
  browser,
  command,
  confirm,
  copy,
  debug,
  fail,
  fetch,
  file,
  lineinfile,
  pause,
  ping,
  postgresqlDump,
  postgresqlFence,
  postgresqlRestore,
  postgresqlSchema,
  process,
  properties,
  script,
  service,
  setFact,
  shell,
  slonyStatus,
  sql,
  stat,
  template,
  uri,
  waitFor,
];

/** Every module by the name that a playbook writes. */
export const modules: ReadonlyMap<string, AnyModule> = new Map(all.map((each) => [each.name, each]));
