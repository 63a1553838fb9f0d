// A template of the operator's machine, filled in for each host by the loader, as a file on that host.
import { Type } from '@sinclair/typebox';
import type { Bound } from '../core/module.js';
import { defineModule } from '../core/module.js';
import { templateFilePlace } from '../core/place.js';
import type { FileState } from './shared/placed-file.js';
import {
  bringsOfPlaced,
  lookAtFile,
  needsOfPlaced,
  placeFile,
  placedArguments,
  wantFile,
} from './shared/placed-file.js';
import { placedState } from './shared/state-schemas.js';

const args = Type.Object(
  {
    src: templateFilePlace('The template, beside the playbook or in its `templates/`.'),
    dest: Type.String({
      minLength: 1,
      description:
        'Path on the host. With a `/` at its end, the file keeps its name (without `.hbs`) in that directory.',
    }),
    ...placedArguments,
  },
  { additionalProperties: false },
);

type Args = Bound<typeof args>;

function pathOf({ src, dest }: Args): string {
  return dest.endsWith('/') ? dest + (src.path.split('/').at(-1) ?? '').replace(/\.hbs$/, '') : dest;
}

/** The module `template`. */
export const template = defineModule<Args, FileState>({
  name: 'template',
  summary: 'Put a file on the host that is filled in from a template',
  description:
    'Fills in a Handlebars template with the variables of the host and writes it as `copy` does. Nothing is quoted in it: a file is not a shell.',
  args,
  state: placedState,
  examples: [
    '- name: Write the configuration of slon\n  template:\n    src: slon.conf.hbs\n    dest: /etc/slony/slon.conf\n    owner: postgres\n    mode: "0640"\n    backup: true',
  ],
  inspect: (task, eyes) => lookAtFile(pathOf(task), task.follow ?? false, eyes),
  want: (task, found) => wantFile(task.src.content, task, found),
  lasting: true,
  apply: (change, hands, task) => placeFile(pathOf(task), task.src.content, change, task, hands),
  describe: (task) => `would write \`${pathOf(task)}\``,
  needs: (task) => needsOfPlaced(pathOf(task), task.src.content, task),
  brings: (task) => bringsOfPlaced(task && pathOf(task)),
});
