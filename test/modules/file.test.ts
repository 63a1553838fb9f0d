import { lstat, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { file } from '../../src/modules/file.js';
import { stepHere, temporaryDirectory } from '../rigs/local-hands.js';

type Args = Parameters<typeof file.spec.want>[0];
type State = Parameters<typeof file.spec.want>[1];
const path = '/x/y';
const none: State = { path, kind: 'absent', mode: null, owner: null, group: null, target: null };

describe('what file wants', () => {
  it.each<[string, Args, Partial<State>, object]>([
    ['a directory', { path, state: 'directory', mode: '0700' }, {}, { kind: 'directory', mode: '0700' }],
    ['only a mode', { path, mode: '640' }, { kind: 'file' }, { mode: '0640' }],
    ['nothing there', { path, state: 'absent' }, { kind: 'link' }, { kind: 'absent' }],
    ['a link', { path, state: 'link', src: 'z' }, {}, { kind: 'link', target: 'z' }],
    [
      'a link over a file, when forced',
      { path, state: 'link', src: 'z', force: true },
      { kind: 'file' },
      { kind: 'link', target: 'z' },
    ],
    [
      'a file that is missing',
      { path },
      {},
      new Refusal('there is no file `/x/y`', '`state: touch` makes an empty one, `copy` one with a content'),
    ],
    [
      'a directory where a link is',
      { path, state: 'directory' },
      { kind: 'link' },
      new Refusal(
        '`/x/y` is to be a directory and is a link',
        'remove it first, with `state: absent`, if that is meant',
      ),
    ],
    ['a link without src', { path, state: 'link' }, {}, new Refusal('a link needs `src`')],
    ['src without a link', { path, src: 'z' }, {}, new Refusal('`src` is for `state: link` only')],
    [
      'the end of the host',
      { path: '/', state: 'absent' },
      { kind: 'directory' },
      new Refusal('`/` is a top directory and is not removed'),
    ],
    [
      'the end of the host, spelled well',
      { path: '//etc//', state: 'absent' },
      { kind: 'directory' },
      new Refusal('`//etc//` is a top directory and is not removed'),
    ],
    [
      'a way up',
      { path: '/x/../etc', state: 'absent' },
      {},
      new Refusal('`/x/../etc` has `.` or `..` in it', 'say the path itself'),
    ],
    [
      'a mode of nothing',
      { path, state: 'absent', mode: '0600' },
      {},
      new Refusal('what is absent has no mode and no owner'),
    ],
  ])('%s', (_title, args, found, wanted) => {
    expect(file.spec.want(args, { ...none, ...found })).toEqual(wanted);
  });
});

describe('file on this machine', () => {
  it.each([
    ['directory', { state: 'directory', mode: '0711' }],
    ['touch', { state: 'touch', mode: '0600' }],
    ['link', { state: 'link', src: 'some where' }],
  ])('makes a %s and finds it made', async (_title, more) => {
    await using directory = await temporaryDirectory();
    const args = { path: join(directory.path, 'a b', ...(more.state === 'directory' ? ['c'] : [])), ...more };
    expect(await stepHere(file, args)).toMatchObject({ plan: { kind: 'change' }, again: { kind: 'same' } });
    expect((await stepHere(file, args)).plan.kind).toBe('same');
  });

  it('turns a link round without following it', async () => {
    await using directory = await temporaryDirectory();
    const link = join(directory.path, 'active');
    await mkdir(join(directory.path, 'one'));
    await symlink('one', link);
    expect((await stepHere(file, { path: link, state: 'link', src: 'two' })).again.kind).toBe('same');
    expect(await readlink(link)).toBe('two');
  });

  it('removes a link and leaves what it points to', async () => {
    await using directory = await temporaryDirectory();
    const [target, link] = [join(directory.path, 'd'), join(directory.path, 'l')];
    await mkdir(target);
    await writeFile(join(target, 'kept'), '');
    await symlink(target, link);
    expect((await stepHere(file, { path: `${link}/`, state: 'absent' })).again.kind).toBe('same');
    expect((await lstat(join(target, 'kept'))).isFile()).toBe(true);
  });

  it('removes a directory with all that is in it', async () => {
    await using directory = await temporaryDirectory();
    const tree = join(directory.path, '-rf *');
    await mkdir(join(tree, 'x'), { recursive: true });
    await writeFile(join(directory.path, 'other'), '');
    expect((await stepHere(file, { path: tree, state: 'absent' })).again.kind).toBe('same');
    expect((await lstat(join(directory.path, 'other'))).isFile()).toBe(true);
  });

  it('does not empty a file that it is told to touch', async () => {
    await using directory = await temporaryDirectory();
    const touched = join(directory.path, 'f');
    await writeFile(touched, 'content');
    expect((await stepHere(file, { path: touched, state: 'touch' })).plan.kind).toBe('same');
  });
});
