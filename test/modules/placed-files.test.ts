// copy and template share how a file is placed, so they are tested on the same cases.
import { chmod, mkdir, readFile, readdir, readlink, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { copy } from '../../src/modules/copy.js';
import type { FileState } from '../../src/modules/shared/placed-file.js';
import { sha256 } from '../../src/modules/shared/file-bytes.js';
import { template } from '../../src/modules/template.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

const none: FileState = {
  path: '/x/f',
  kind: 'absent',
  content: null,
  sha256: null,
  size: null,
  mode: null,
  owner: null,
  group: null,
};
const control = (text: string | Uint8Array, path = 'files/banner.txt') => ({ path, content: Buffer.from(text) });

describe('what copy wants', () => {
  it.each<[string, Parameters<typeof copy.spec.want>[0], Partial<FileState>, object]>([
    [
      'a text',
      { dest: '/x/f', content: 'hi\n' },
      {},
      { kind: 'file', content: 'hi\n', sha256: sha256(Buffer.from('hi\n')) },
    ],
    [
      'mode and owner',
      { dest: '/x/f', content: '', mode: '640', owner: 'postgres', group: 'postgres' },
      {},
      {
        kind: 'file',
        content: '',
        sha256: sha256(Buffer.from('')),
        mode: '0640',
        owner: 'postgres',
        group: 'postgres',
      },
    ],
    [
      'bytes',
      { dest: '/x/f', src: control(Uint8Array.of(0, 255)) },
      {},
      { kind: 'file', sha256: sha256(Uint8Array.of(0, 255)) },
    ],
    ['both', { dest: '/x/f', content: '', src: control('') }, {}, new Refusal('say either `src` or `content`')],
    ['neither', { dest: '/x/f' }, {}, new Refusal('say either `src` or `content`')],
    [
      'a text into a directory',
      { dest: '/x/', content: 'x' },
      {},
      new Refusal('with `content`, `dest` must be the path of a file'),
    ],
    [
      'over a link',
      { dest: '/x/f', content: '' },
      { kind: 'link' },
      new Refusal('`/x/f` is a link', 'say `follow: true` to write what it points to'),
    ],
    [
      'over a directory',
      { dest: '/x/f', content: '' },
      { kind: 'directory' },
      new Refusal('`/x/f` is a directory', 'say the path of the file, or end the path with `/`'),
    ],
    ['over a pipe', { dest: '/x/f', content: '' }, { kind: 'other' }, new Refusal('`/x/f` is not a regular file')],
    [
      'a check of nothing',
      { dest: '/x/f', content: '', validate: ['true'] },
      {},
      new Refusal('`validate` would not look at the new file', 'write `%s` where the path of the new file is to stand'),
    ],
  ])('%s', (_title, args, found, wanted) => {
    expect(copy.spec.want(args, { ...none, ...found })).toEqual(wanted);
  });
});

describe.each([
  ['copy', copy, (text: string | Uint8Array) => ({ src: control(text) })],
  ['template', template, (text: string | Uint8Array) => ({ src: control(text, 'templates/banner.txt.hbs') })],
] as const)('%s on this machine', (_name, module, source) => {
  it('writes a file once, with its mode, and shows the text', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'banner');
    const args = { ...source('hello\n'), dest, mode: '0600' };
    expect(await stepHere(module, args)).toMatchObject({
      plan: {
        kind: 'change',
        change: {
          before: { kind: 'absent', content: null },
          after: { kind: 'file', content: 'hello\n', mode: '0600' },
        },
      },
      again: { kind: 'same' },
    });
    expect((await stat(dest)).mode & 0o777).toBe(0o600);
    expect((await stepHere(module, args)).plan.kind).toBe('same');
  });

  it('keeps the file its name in a directory', async () => {
    await using directory = await temporaryDirectory();
    await stepHere(module, { ...source('x'), dest: `${directory.path}/` });
    expect(await readdir(directory.path)).toEqual(['banner.txt']);
  });

  it('keeps the mode of an old file, and a copy when asked', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'f');
    await writeFile(dest, 'old');
    await chmod(dest, 0o751);
    expect((await stepHere(module, { ...source('new'), dest, backup: true })).again.kind).toBe('same');
    expect((await stat(dest)).mode & 0o777).toBe(0o751);
    expect(await readdir(directory.path)).toHaveLength(2);
  });

  it('changes only the mode when the content is right', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'f');
    await writeFile(dest, 'x');
    const hands = localHands();
    const { plan, again } = await stepHere(module, { ...source('x'), dest, mode: '0400' }, hands);
    expect(plan).toMatchObject({ kind: 'change', change: { after: { mode: '0400' } } });
    expect(again.kind).toBe('same');
    expect(hands.calls.map((each) => each.verb)).toEqual(['run']);
  });

  it('never changes the mode of what a link leads to that is put there at the last moment', async () => {
    await using directory = await temporaryDirectory();
    const at = (name: string): string => join(directory.path, name);
    await writeFile(at('f'), 'x');
    await writeFile(at('victim'), 'of another', { mode: 0o600 });
    await mkdir(at('shims'));
    const shim = `#!/bin/sh\nln -sfn ${at('victim')} ${at('f')}\nPATH=\${PATH#*:} exec chmod "$@"\n`;
    await writeFile(at('shims/chmod'), shim, { mode: 0o755 });
    vi.stubEnv('PATH', `${at('shims')}:${process.env['PATH']}`);
    const done = stepHere(module, { ...source('x'), dest: at('f'), mode: '0400' });
    await done.catch(() => {}).finally(() => vi.unstubAllEnvs());
    expect(await readlink(at('f'))).toBe(at('victim'));
    expect((await stat(at('victim'))).mode & 0o777).toBe(0o600);
  });

  it('never changes the mode of another file that has taken its place', async () => {
    await using directory = await temporaryDirectory();
    const at = (name: string): string => join(directory.path, name);
    await writeFile(at('f'), 'x');
    await writeFile(at('victim'), 'of another', { mode: 0o600 });
    const hands = localHands();
    const run: typeof hands.run = async (...words) => {
      await rename(at('victim'), at('f'));
      return hands.run(...words);
    };
    await expect(
      stepHere(module, { ...source('x'), dest: at('f'), mode: '0400' }, { ...hands, run }),
    ).rejects.toThrow();
    expect(await readFile(at('f'), 'utf8')).toBe('of another');
    expect((await stat(at('f'))).mode & 0o777).toBe(0o600);
  });

  it('carries bytes that are no text, and does not show them', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'f');
    const bytes = Uint8Array.from(Array(256).keys());
    expect(JSON.stringify((await stepHere(module, { ...source(bytes), dest })).plan)).not.toContain('"content"');
    expect(Uint8Array.from(await readFile(dest))).toEqual(bytes);
  });

  it('leaves the old file when the check does not accept the new one', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'f');
    await writeFile(dest, 'old');
    const args = { ...source('bad'), dest, validate: ['grep', '-q', 'good', '%s'] };
    await expect(stepHere(module, args)).rejects.toThrow('did not pass its check');
    expect(await readFile(dest, 'utf8')).toBe('old');
  });

  it('writes through a link only when asked', async () => {
    await using directory = await temporaryDirectory();
    const [dest, target] = [join(directory.path, 'link'), join(directory.path, 'real')];
    await writeFile(target, 'old');
    await symlink('real', dest);
    expect((await stepHere(module, { ...source('new'), dest })).plan.kind).toBe('refuse');
    expect((await stepHere(module, { ...source('new'), dest, follow: true })).again.kind).toBe('same');
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('refuses when the file was changed between look and touch', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'f');
    await writeFile(dest, 'old');
    const bound = module.bind({ ...source('new'), dest });
    const found = await bound.inspect(localHands());
    const wanted = bound.want(found);
    await writeFile(dest, 'someone else');
    if (wanted instanceof Refusal) throw new Error(wanted.message);
    await expect(bound.apply?.({ before: found, after: wanted }, localHands())).rejects.toThrow(
      'changed by someone else',
    );
    expect(await readFile(dest, 'utf8')).toBe('someone else');
  });

  it('says that a directory is in the way', async () => {
    await using directory = await temporaryDirectory();
    const dest = join(directory.path, 'd');
    await mkdir(dest);
    expect((await stepHere(module, { ...source('x'), dest })).plan).toMatchObject({
      kind: 'refuse',
      message: `\`${dest}\` is a directory`,
    });
  });
});
