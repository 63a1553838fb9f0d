// A file of the operator's machine, or a text of the playbook, as a file on the host.
import { Type } from '@sinclair/typebox';
import type { Bound, Change, Hands, Refusal } from '../core/module.js';
import { defineModule, refuse } from '../core/module.js';
import { filePlace } from '../core/place.js';
import { exactlyOne } from './shared/one-of.js';
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
    src: Type.Optional(filePlace('The file, beside the playbook or in its `files/`.')),
    content: Type.Optional(Type.String({ description: 'The content itself, instead of `src`.' })),
    dest: Type.String({
      minLength: 1,
      description: 'Path on the host. With a `/` at its end, the file keeps its name in that directory.',
    }),
    ...placedArguments,
  },
  { additionalProperties: false, ...exactlyOne(['src', 'content']) },
);

type Args = Bound<typeof args>;

function contentOf({ src, content }: Args): Uint8Array {
  return src?.content ?? Buffer.from(content ?? '');
}

function pathOf({ src, dest }: Args): string {
  return dest.endsWith('/') ? dest + (src?.path.split('/').at(-1) ?? '') : dest;
}

function want(task: Args, found: FileState): Partial<FileState> | Refusal {
  if ((task.src === undefined) === (task.content === undefined)) return refuse('say either `src` or `content`');
  if (task.src === undefined && task.dest.endsWith('/'))
    return refuse('with `content`, `dest` must be the path of a file');
  return wantFile(contentOf(task), task, found);
}

async function apply(change: Change<FileState>, hands: Hands, task: Args): Promise<void> {
  await placeFile(pathOf(task), contentOf(task), change, task, hands);
}

/** The module `copy`. */
export const copy = defineModule<Args, FileState>({
  name: 'copy',
  summary: 'Put a file on the host',
  description:
    'Writes the file as a whole, so that a reader sees the old or the new one. Owner, group and mode of an old file are kept unless they are said.',
  args,
  state: placedState,
  examples: [
    '- name: Send the banner\n  copy: { src: banner.txt, dest: /etc/issue.net, mode: "0644" }',
    '- name: Keep the services from starting with the host\n  copy:\n    content: "exit 101\\n"\n    dest: /usr/sbin/policy-rc.d\n    mode: "0755"\n  become: true',
  ],
  inspect: (task, eyes) => lookAtFile(pathOf(task), task.follow ?? false, eyes),
  want,
  lasting: true,
  apply,
  describe: (task) => `would write \`${pathOf(task)}\``,
  needs: (task) => needsOfPlaced(pathOf(task), contentOf(task), task),
  brings: (task) => bringsOfPlaced(task && pathOf(task)),
});
