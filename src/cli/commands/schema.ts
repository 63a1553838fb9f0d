// `playbook schema`: the JSON Schemas that editors check files with while they are written.
import { Argument } from 'commander';
import { exitCode } from '../../core/exit.js';
import type { SchemaKind } from '../../load/schema.js';
import type { AddCommand } from '../add-command.js';
import { print, printLines } from '../io.js';

/** Adds `playbook schema [playbook|tasks|inventory]`. */
export const addSchema: AddCommand = (program, io, end) => {
  program
    .command('schema')
    .addArgument(
      new Argument('[KIND]', 'of which files')
        .choices(['playbook', 'tasks', 'inventory'] satisfies readonly SchemaKind[])
        .default('playbook'),
    )
    .description('print the JSON Schema of playbooks, files of tasks, or inventories')
    .option('--write <DIR>', 'write all schemas into a directory instead')
    .action(async (kind: SchemaKind, { write }: { readonly write?: string }) => {
      const { schemaText, writeSchemas } = await import('../../load/schema.js');
      const { modules } = await import('../../modules/index.js');
      if (write === undefined) print(io, schemaText(kind, modules));
      else printLines(io, writeSchemas(write, modules));
      end(exitCode.done);
    });
};
