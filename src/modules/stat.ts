// What stands at a path, in the words of Ansible's register, so that conditions written for Ansible hold here.
import { Type } from '@sinclair/typebox';
import type { RemoteFile } from '../core/host-file.js';
import type { Bound, Eyes } from '../core/module.js';
import { defineModule } from '../core/module.js';
import { shellWord } from '../core/quote.js';
import type { ValueMap } from '../core/value.js';
import { ownScript } from './shared/own-script.js';
import { only } from './shared/state-schemas.js';

const algorithms = ['sha1', 'sha256', 'sha512', 'md5'] as const;

const args = Type.Object(
  {
    path: Type.String({ minLength: 1, description: 'Path on the host.' }),
    follow: Type.Optional(Type.Boolean({ default: false, description: 'Look at what a link points to.' })),
    get_checksum: Type.Optional(Type.Boolean({ default: true, description: 'Compute the checksum of a file.' })),
    checksum_algorithm: Type.Optional(
      Type.Union(
        algorithms.map((each) => Type.Literal(each)),
        { default: 'sha1', description: 'How the checksum is computed.' },
      ),
    ),
  },
  { additionalProperties: false },
);

const state = Type.Object({
  stat: only({
    exists: Type.Boolean(),
    path: Type.String(),
    mode: Type.Optional(Type.String()),
    isreg: Type.Optional(Type.Boolean()),
    isdir: Type.Optional(Type.Boolean()),
    islnk: Type.Optional(Type.Boolean()),
    pw_name: Type.Optional(Type.String()),
    gr_name: Type.Optional(Type.String()),
    size: Type.Optional(Type.Integer()),
    mtime: Type.Optional(Type.Integer()),
    lnk_target: Type.Optional(Type.String()),
    checksum: Type.Optional(Type.String()),
  }),
});

type Args = Bound<typeof args>;
type State = { readonly stat: ValueMap };

async function inspect({ path, follow = false, get_checksum = true, ...more }: Args, eyes: Eyes): Promise<State> {
  const file = await eyes.stat(path, { follow });
  if (file === undefined) return { stat: { exists: false, path } };
  const described = describeFile(path, file);
  if (!get_checksum || file.kind !== 'file') return { stat: described };
  return { stat: { ...described, checksum: await checksum(eyes, path, more.checksum_algorithm ?? 'sha1') } };
}

function describeFile(path: string, file: RemoteFile): ValueMap {
  return {
    exists: true,
    path,
    mode: file.mode,
    isreg: file.kind === 'file',
    isdir: file.kind === 'directory',
    islnk: file.kind === 'link',
    pw_name: file.owner,
    gr_name: file.group,
    size: file.sizeBytes,
    mtime: file.modifiedAtSeconds,
    ...(file.target === undefined ? {} : { lnk_target: file.target }),
  };
}

async function checksum(eyes: Eyes, path: string, algorithm: string): Promise<string> {
  const { stdout } = await eyes.look(ownScript(`${algorithm}sum < ${shellWord(path)}`));
  return stdout.split(' ')[0] ?? '';
}

/** The module `stat`. */
export const stat = defineModule<Args, State>({
  name: 'stat',
  summary: 'Tell what stands at a path',
  description:
    'Registers `stat` with `exists`, `isreg`, `isdir`, `islnk`, `mode`, `pw_name`, `gr_name`, `size`, `mtime`, `lnk_target` and `checksum`.',
  args,
  state,
  shorthand: 'path',
  examples: [
    '- name: Is the restore still to be done\n  stat: { path: /usr/local/desktone/backup/fdb.dump }\n  register: dump',
  ],
  inspect,
  want: () => ({}),
});
