// `playbook modules`: what a playbook can ask for, and how.
import { error } from '../../core/diagnostic.js';
import { exitCode } from '../../core/exit.js';
import { didYouMean } from '../../core/words.js';
import type { AddCommand } from '../add-command.js';
import { printLines, tell, themeOf } from '../io.js';

/** Adds `playbook modules [NAME]`. */
export const addModules: AddCommand = (program, io, end) => {
  program
    .command('modules')
    .argument('[NAME]', 'a module')
    .description('list the modules, or document one')
    .action(async (name: string | undefined) => {
      const { modules } = await import('../../modules/index.js');
      const { moduleDocs, moduleList } = await import('../module-docs.js');
      if (name === undefined) return printLines(io, moduleList(modules, themeOf(io)));
      const module = modules.get(name);
      if (module === undefined) {
        const hint = didYouMean(name, modules.keys()) ?? '`playbook modules` lists them';
        end(tell(io, [error('cli/unknown-module', `unknown module \`${name}\``, undefined, { hint })]));
        return undefined;
      }
      printLines(io, moduleDocs(module, themeOf(io), io.stdout.columns ?? 100));
      return end(exitCode.done);
    });
};
