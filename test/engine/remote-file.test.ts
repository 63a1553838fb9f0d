// Files on a host, through the real shells of this machine: what is found is what is there, and a write is all or nothing.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readLimitBytes } from '../../src/core/host-file.js';
import type { WriteOptions } from '../../src/core/host-file.js';
import { writeCommand } from '../../src/engine/remote-file.js';
import type { TaskHands } from '../../src/engine/hands.js';
import { programPath, sensesHere, shellsHere, sudoDirectory } from '../rigs/local-senses.js';
import type { Shell } from '../rigs/local-senses.js';
import { text as textOf, worldError } from '../rigs/outcome.js';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'playbook-files-')));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true }));

const shells = shellsHere(base);
const isRoot = process.getuid?.() === 0;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(base, 'case-'));
});

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text);
const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

/** A file of the case's directory. */
function file(name: string, content: string | Uint8Array = 'old\n', mode = 0o640): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** Replaces what was looked at. */
async function replace(hands: TaskHands, path: string, content: string, options: Partial<WriteOptions> = {}) {
  const old = existsSync(path) ? sha256(readFileSync(path)) : null;
  await hands.write(path, bytes(content), { expectSha256: old, ...options });
}

/** The file that a write in the middle puts its content into. */
function temporary(): string {
  const name = readdirSync(directory).find((each) => each.startsWith('.playbook'));
  return name === undefined ? join(directory, 'f') : join(directory, name, name);
}

/** For `skipIf`: whether no file can be made immutable here. A line says why; under CI they run, and fail. */
function skipsWithoutImmutable(): boolean {
  const path = join(base, 'immutable');
  writeFileSync(path, '');
  const tried = spawnSync('chattr', ['+i', path], { encoding: 'utf8' });
  spawnSync('chattr', ['-i', path]);
  if (tried.status === 0) return false;
  console.warn(`skipped: no file can be made immutable here (${tried.error?.message ?? tried.stderr.trim()})`);
  return process.env['CI'] === undefined;
}

const oddNames = [
  "it's",
  'a "b" `c` $(d) $HOME \\',
  ' two  spaces ',
  'two\nlines',
  'ends with a line end\n',
  '-n',
  '--help',
  '*?[x]',
  '\u00e4\u20ac\u{1f600}',
  '%s|%d',
];

describe.each(shells.map((shell) => [shell.name, shell] as const))('in %s', (_name, shell) => {
  const hands = (): TaskHands => sensesHere({ shell });

  describe('a look at a file as a whole', () => {
    it('tells what it is, its digest, and its content when that is short', async () => {
      const odd = 'a\r\n\u0000\n\n|é no end';
      const path = file('f', odd);
      const seen = await hands().file(path, 100);
      expect(seen).toMatchObject({ ...(await hands().stat(path)), sha256: sha256(odd) });
      expect(textOf(seen?.content ?? new Uint8Array())).toBe(odd);
      expect(await hands().file(file('empty', ''), 100)).toMatchObject({ sizeBytes: 0, sha256: sha256('') });
    });

    it('tells the digest of one that is longer than anybody reads', async () => {
      const content = Buffer.alloc(20 * 1024 * 1024, 'abc\n');
      writeFileSync(join(directory, 'long'), content);
      const seen = await hands().file(join(directory, 'long'), 64 * 1024);
      expect(seen).toMatchObject({ sizeBytes: content.length, sha256: sha256(content) });
      expect(seen).not.toHaveProperty('content');
    });

    it('tells what is no file, and nothing where nothing is', async () => {
      symlinkSync('no\nwhere', join(directory, 'l'));
      for (const path of ['l', '.', 'missing'].map((name) => join(directory, name)))
        expect(await hands().file(path, 100)).toEqual(await hands().stat(path));
    });

    it.each(oddNames)('finds %j', async (name) => {
      expect(await hands().file(file(name, 'content'), 100)).toMatchObject({ sha256: sha256('content') });
    });
  });

  describe('a look at what stands there', () => {
    it('tells a file', async () => {
      const path = file('f', 'content', 0o4750);
      expect(await hands().stat(path)).toEqual({
        path,
        kind: 'file',
        mode: '04750',
        owner: execFileSync('id', ['-un']).toString().trim(),
        group: execFileSync('id', ['-gn']).toString().trim(),
        sizeBytes: 7,
        modifiedAtSeconds: Math.floor(statSync(path).mtimeMs / 1000),
      });
      expect(await hands().stat(file('empty', '', 0))).toMatchObject({ kind: 'file', mode: '00', sizeBytes: 0 });
    });

    it('tells a directory, a FIFO and a device', async () => {
      mkdirSync(join(directory, 'd'));
      chmodSync(join(directory, 'd'), 0o1777);
      execFileSync('mkfifo', [join(directory, 'p')]);
      expect(await hands().stat(join(directory, 'd'))).toMatchObject({ kind: 'directory', mode: '01777' });
      expect(await hands().stat(join(directory, 'p'))).toMatchObject({ kind: 'other' });
      expect(await hands().stat('/dev/null')).toMatchObject({ kind: 'other', mode: '0666' });
    });

    it('tells a link and where it points, or, when told to follow it, what is there', async () => {
      const path = file('f', 'content');
      const link = join(directory, 'l');
      symlinkSync(path, link);
      expect(await hands().stat(link)).toMatchObject({ kind: 'link', target: path });
      const followed = await hands().stat(link, { follow: true });
      expect(followed).toMatchObject({ path: link, kind: 'file', sizeBytes: 7 });
      expect(followed).not.toHaveProperty('target');
    });

    it('tells a link that points nowhere, and nothing when told to follow it', async () => {
      const link = join(directory, 'l');
      symlinkSync('no\nwhere', link);
      expect(await hands().stat(link)).toMatchObject({ kind: 'link', target: 'no\nwhere' });
      expect(await hands().stat(link, { follow: true })).toBeUndefined();
    });

    it('tells nothing where nothing is, also below a file', async () => {
      const path = file('f');
      expect(await hands().stat(join(directory, 'missing'))).toBeUndefined();
      expect(await hands().stat(join(directory, 'missing', 'deep'))).toBeUndefined();
      expect(await hands().stat(join(path, 'below'))).toBeUndefined();
    });

    it.each(oddNames)('finds %j', async (name) => {
      const path = file(name, 'x');
      expect(await hands().stat(path)).toMatchObject({ path, kind: 'file', sizeBytes: 1 });
      symlinkSync(name, join(directory, `l${name}`));
      expect(await hands().stat(join(directory, `l${name}`))).toMatchObject({ kind: 'link', target: name });
    });
  });

  describe('a read', () => {
    it.each(oddNames)('gives the content of %j, whatever its bytes are', async (name) => {
      const content = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) % 256);
      expect(Buffer.from((await hands().read(file(name, content))) ?? []).equals(content)).toBe(true);
    });

    it('gives nothing where nothing is, and no bytes for an empty file', async () => {
      expect(await hands().read(join(directory, 'missing'))).toBeUndefined();
      expect(await hands().read(file('empty', ''))).toHaveLength(0);
      symlinkSync('nowhere', join(directory, 'l'));
      expect(await hands().read(join(directory, 'l'))).toBeUndefined();
    });

    it('follows a link', async () => {
      symlinkSync(file('f', 'content'), join(directory, 'l'));
      expect(Buffer.from((await hands().read(join(directory, 'l'))) ?? []).toString()).toBe('content');
    });

    it('refuses what is no file, without waiting for a writer', async () => {
      execFileSync('mkfifo', [join(directory, 'p')]);
      for (const path of [directory, join(directory, 'p'), '/dev/zero']) {
        expect((await worldError(hands().read(path))).message).toBe(`\`${path}\` is not a regular file`);
      }
    });

    it('gives 16 MiB and refuses a byte more', async () => {
      const path = file('big', new Uint8Array(readLimitBytes).fill(0xfe));
      expect(await hands().read(path)).toHaveLength(readLimitBytes);
      writeFileSync(path, new Uint8Array(readLimitBytes + 1));
      expect((await worldError(hands().read(path))).message).toBe(`\`${path}\` is larger than 16 MiB`);
    });
  });

  it.each(['-n', '-', '--', 'plain', "it's"])('a path that is not absolute, %j, is a path too', async (name) => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(await hands().stat(name)).toBeUndefined();
      await replace(hands(), name, 'old');
      await replace(hands(), name, 'new', { backup: true });
      expect(await hands().stat(name)).toMatchObject({ path: name, kind: 'file', sizeBytes: 3 });
      expect(Buffer.from((await hands().read(name)) ?? []).toString()).toBe('new');
      expect(readdirSync('.')).toHaveLength(2);
      symlinkSync(name, '-l');
      expect(await hands().stat('-l')).toMatchObject({ kind: 'link', target: name });
    } finally {
      process.chdir(before);
    }
  });

  describe('a write', () => {
    it.each(oddNames)('makes %j and replaces it', async (name) => {
      const path = join(directory, name);
      await replace(hands(), path, '');
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['', '644']);
      await replace(hands(), path, 'new\0\nno line end');
      expect(readFileSync(path, 'utf8')).toBe('new\0\nno line end');
      expect(readdirSync(directory)).toEqual([name]);
    });

    it.each(oddNames)('into the directory %j', async (name) => {
      mkdirSync(join(directory, name));
      await replace(hands(), join(directory, name, 'f'), 'new');
      expect(readFileSync(join(directory, name, 'f'), 'utf8')).toBe('new');
      expect(readdirSync(directory)).toEqual([name]);
    });

    it.each([0o600, 0o444, 0o755, 0o2711, 0o000])('keeps the mode %o', async (mode) => {
      const path = file('f', 'old', mode);
      await replace(hands(), path, 'new');
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['new', mode.toString(8)]);
    });

    it('gives the mode that it is told', async () => {
      const path = file('f');
      await replace(hands(), path, 'new', { mode: '0400' });
      expect(modeOf(path)).toBe('400');
      await replace(hands(), join(directory, 'g'), 'new', { mode: '04711' });
      expect(modeOf(join(directory, 'g'))).toBe('4711');
    });

    it.runIf(isRoot)('keeps owner and group, and gives those that it is told', async () => {
      const path = file('f');
      chownSync(path, 2, 3);
      await replace(hands(), path, 'new');
      expect(lstatSync(path)).toMatchObject({ uid: 2, gid: 3 });
      await replace(hands(), path, 'newer', { owner: 'daemon', group: 'bin' });
      expect(lstatSync(path)).toMatchObject({ uid: 1, gid: 2 });
      chmodSync(path, 0o4750);
      await replace(hands(), path, 'newest', { owner: 'root' });
      expect([lstatSync(path).uid, lstatSync(path).gid, modeOf(path)]).toEqual([0, 2, '4750']);
    });

    it('leaves the old file and nothing else when the owner is unknown', async () => {
      const path = file('f');
      const error = await worldError(replace(hands(), path, 'new', { owner: 'no-such-user-here' }));
      expect(error.message).toBe(`cannot write \`${path}\``);
      expectUntouched(path);
    });

    it('gives the name a file of its own: other names of the old one keep the old content', async () => {
      const path = file('f');
      linkSync(path, join(directory, 'other name'));
      await replace(hands(), path, 'new');
      expect(readFileSync(join(directory, 'other name'), 'utf8')).toBe('old\n');
      expect([statSync(path).nlink, readFileSync(path, 'utf8')]).toEqual([1, 'new']);
    });

    it('refuses a link, a FIFO and a directory', async () => {
      const target = file('f');
      mkdirSync(join(directory, 'd'));
      symlinkSync('f', join(directory, 'l'));
      symlinkSync('nowhere', join(directory, 'dangling'));
      execFileSync('mkfifo', [join(directory, 'p')]);
      const before = readdirSync(directory);
      for (const name of ['d', 'l', 'dangling', 'p']) {
        const path = join(directory, name);
        const { message } = await worldError(hands().write(path, bytes('new'), { expectSha256: null }));
        expect(message).toBe(`\`${path}\` is not a regular file; it is left as it was`);
      }
      expect(readFileSync(target, 'utf8')).toBe('old\n');
      expect(readdirSync(directory)).toEqual(before);
    });

    it('refuses a file that was changed, made or removed since it was looked at', async () => {
      const path = file('f');
      const stale = `\`${path}\` was changed by someone else since it was looked at; it is left as it was`;
      for (const expectSha256 of [sha256('looked at'), null]) {
        expect((await worldError(hands().write(path, bytes('new'), { expectSha256 }))).message).toBe(stale);
      }
      expectUntouched(path);
      rmSync(path);
      const removed = hands().write(path, bytes('new'), { expectSha256: sha256('old\n') });
      expect((await worldError(removed)).message).toBe(stale);
      expect(readdirSync(directory)).toEqual([]);
    });

    it('says why it cannot write', async () => {
      const path = join(directory, 'missing', 'f');
      const error = await worldError(replace(hands(), path, 'new'));
      expect(error.message).toBe(`cannot write \`${path}\``);
      expect(String(error.details['stderr'])).toMatch(/no such file or directory/i);
    });

    it('takes its place only when the check of the new content passes', async () => {
      const path = file('f');
      const validate = ['grep', '-q', 'good', '%s'];
      const error = await worldError(replace(hands(), path, 'bad', { validate }));
      expect(error.message).toBe(`the new content of \`${path}\` did not pass its check; the file is left as it was`);
      expectUntouched(path);
      await replace(hands(), path, 'good', { validate });
      expect(readFileSync(path, 'utf8')).toBe('good');
    });

    it('gives the words of the check as they are, and shows what it said', async () => {
      const path = file('f');
      const words = ['', "it's", '$HOME', '%s', 'a%sb', '*'];
      const script = 'for each; do echo "<$each>"; done; cat -; exit 1';
      const error = await worldError(replace(hands(), path, 'new', { validate: ['sh', '-c', script, 'sh', ...words] }));
      const said = String(error.details['stderr']).replaceAll(/\/\S*?\/(\.playbook\.\w{10})\/\1/g, 'NEW');
      expect(said.split('\n')).toEqual(['<>', "<it's>", '<$HOME>', '<NEW>', '<aNEWb>', '<*>']);
    });

    it('keeps a copy of the old content when asked, one for each write', async () => {
      const path = file('f', 'one', 0o600);
      for (const content of ['two', 'three', 'four']) await replace(hands(), path, content, { backup: true });
      const copies = readdirSync(directory).filter((name) => name !== 'f');
      expect(copies.map((name) => readFileSync(join(directory, name), 'utf8')).toSorted()).toEqual([
        'one',
        'three',
        'two',
      ]);
      expect(copies.map((name) => [/^f\..*~$/.test(name), modeOf(join(directory, name))])).toEqual(
        copies.map(() => [true, '600']),
      );
      await replace(hands(), join(directory, 'g'), 'first', { backup: true });
      expect(readdirSync(directory).filter((name) => name.startsWith('g'))).toEqual(['g']);
    });

    it('that runs out of its time leaves the old file and nothing else', async () => {
      const path = file('f');
      const slow = sensesHere({ shell, timeoutMs: 600 });
      const options = { expectSha256: sha256('old\n'), validate: ['sleep', '60', '%s'] };
      expect((await worldError(slow.write(path, bytes('new'), options))).kind).toBe('failed');
      expectUntouched(path);
    });

    it('whose input ends too early leaves the old file and nothing else', async () => {
      const path = file('f');
      const child = spawnWrite(shell, path, 'all of the content');
      child.stdin.end('all of');
      await once(child, 'close');
      expect(child.exitCode).not.toBe(0);
      expectUntouched(path);
    });

    it('shows the new content to nobody before it has its mode', async () => {
      const path = file('f', 'old\n', 0o644);
      const child = spawnWrite(shell, path, 'all of the content', { mode: '0400' });
      child.stdin.write('all of');
      await expect.poll(() => readFileSync(temporary(), 'utf8')).toBe('all of');
      expect(modeOf(temporary())).toBe('600');
      child.stdin.end(' the content');
      await once(child, 'close');
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['all of the content', '400']);
    });

    it.each([
      ['SIGTERM', []],
      ['SIGHUP', []],
      ['SIGKILL', [expect.stringMatching(/^\.playbook\.\w+$/)]],
    ] as const)('ended by %s in the middle leaves the old file', async (signal, left) => {
      const path = file('f');
      const child = spawnWrite(shell, path, 'all of the content');
      child.stdin.write('all of');
      await expect.poll(() => readdirSync(directory).length).toBe(2);
      // Before its first byte, `cat` may still be a fork of the shell, which drops the signal and then waits for its input.
      await expect.poll(() => readFileSync(temporary(), 'utf8')).toBe('all of');
      process.kill(-(child.pid ?? 0), signal);
      await once(child, 'close');
      expect(readFileSync(path, 'utf8')).toBe('old\n');
      expect(readdirSync(directory).filter((name) => name !== 'f')).toEqual(left);
    });

    it.runIf(canMount())('on a full disk leaves the old file and nothing else', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', directory]);
      try {
        const path = file('f');
        const error = await worldError(replace(hands(), path, 'x'.repeat(100_000)));
        expect(error.message).toBe(`cannot write \`${path}\``);
        expect(String(error.details['stderr'])).toMatch(/no space left/i);
        expectUntouched(path);
        writeFileSync(path, 'x'.repeat(30_000));
        await worldError(replace(hands(), path, 'y'.repeat(30_000), { backup: true }));
        expect(readdirSync(directory)).toEqual(['f']);
        expect(readFileSync(path, 'utf8')).toBe('x'.repeat(30_000));
      } finally {
        execFileSync('umount', [directory]);
      }
    });

    it.skipIf(skipsWithoutImmutable())(
      'of a file that nobody may change says so, and leaves it and nothing else',
      async () => {
        const path = file('f');
        execFileSync('chattr', ['+i', path]);
        try {
          for (const options of [{}, { mode: '0600' }, { backup: true }]) {
            const error = await worldError(replace(hands(), path, 'new', options));
            expect(error).toMatchObject({ kind: 'failed', message: `cannot write \`${path}\`` });
            expect(String(error.details['stderr'])).toMatch(/not permitted/i);
          }
        } finally {
          execFileSync('chattr', ['-i', path]);
        }
        expect(readFileSync(path, 'utf8')).toBe('old\n');
        expect(readdirSync(directory).filter((name) => name.startsWith('.playbook'))).toEqual([]);
      },
    );
  });

  describe.runIf(isRoot && programPath('setpriv') !== undefined)('as somebody who may not', () => {
    const hint = 'does the task need `become: true`?';

    it('says that it may not look, not that nothing is there', async () => {
      mkdirSync(join(directory, 'closed'), { mode: 0o700 });
      writeFileSync(join(directory, 'closed', 'f'), '');
      symlinkSync(join('closed', 'f'), join(directory, 'l'));
      const within = join(directory, 'closed', 'f');
      expect(await worldError(nobody(shell).stat(within))).toMatchObject({
        message: `cannot look at \`${within}\``,
        hint,
      });
      expect(await worldError(nobody(shell).read(within))).toMatchObject({
        message: `cannot read \`${within}\``,
        hint,
      });
      expect(await nobody(shell).stat(join(directory, 'l'))).toMatchObject({ kind: 'link' });
      expect(await worldError(nobody(shell).stat(join(directory, 'l'), { follow: true }))).toMatchObject({ hint });
      expect(await nobody(shell).stat(join(directory, 'missing', 'f'))).toBeUndefined();
    });

    it('says that it may not read', async () => {
      const path = file('f', 'secret', 0o600);
      expect(await worldError(nobody(shell).read(path))).toMatchObject({ message: `cannot read \`${path}\``, hint });
    });

    it('says that it may not write', async () => {
      const path = file('f', 'old\n', 0o644);
      const error = await worldError(replace(nobody(shell), path, 'new'));
      expect(error).toMatchObject({ message: `cannot write \`${path}\``, hint });
      expectUntouched(path);
      chmodSync(path, 0o600);
      const unseen = await worldError(replace(nobody(shell), path, 'new'));
      expect(unseen).toMatchObject({ message: `cannot write \`${path}\``, hint });
    });

    it.each([0o400, 0o444, 0o4755])('replaces a file of its own with the mode %o', async (mode) => {
      const path = file('f', 'old\n', mode);
      const one = nobody(shell);
      chmodSync(directory, 0o777);
      chownSync(path, 65_534, 65_534);
      chmodSync(path, mode);
      await replace(one, path, 'new');
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['new', mode.toString(8)]);
    });

    it('does not take a file away from its owner', async () => {
      const path = file('f', 'old\n', 0o644);
      const one = nobody(shell);
      chmodSync(directory, 0o777);
      const { message } = await worldError(replace(one, path, 'new'));
      expect(message).toBe(`\`${path}\` belongs to another user and its owner cannot be kept; it is left as it was`);
      expectUntouched(path);
    });
  });
});

describe.skipIf(skipsWithoutAcl())('an access control list', () => {
  const list = (path: string): string => execFileSync('getfacl', ['-cEnp', path]).toString();
  const grant = (entries: string, path: string): void => void execFileSync('setfacl', ['-m', entries, path]);

  it('is kept, and so are attributes', async () => {
    const path = file('f');
    grant('u:1:rwx,g:3:r,m::rx', path);
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'hello', path]);
    const before = list(path);
    await replace(sensesHere(), path, 'new');
    expect(list(path)).toBe(before);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(execFileSync('getfattr', ['--only-values', '-n', 'user.note', path]).toString()).toBe('hello');
    await replace(sensesHere(), path, 'newer', { mode: '0600' });
    expect(list(path)).toContain('user:1:rwx');
    expect(modeOf(path)).toBe('600');
  });

  it('that the host’s programs cannot keep is no reason to lose it: the file is left as it was', async () => {
    const path = file('f');
    grant('u:1:rw', path);
    // As `cp` of busybox does it.
    const programs = join(base, 'poor');
    mkdirSync(programs);
    const poor =
      '#!/bin/sh\n[ "$2" != --preserve=all ] || exit 1\nshift 2\ncat <"$1" >"$2"; chmod --reference="$1" "$2"\n';
    writeFileSync(join(programs, 'cp'), poor, { mode: 0o755 });
    const shell: Shell = { name: 'sh', path: '/bin/sh', programs: `${programs}:${process.env['PATH'] ?? ''}` };
    const before = list(path);
    const error = await worldError(replace(sensesHere({ shell }), path, 'new'));
    expect(error.message).toBe(`\`${path}\` has an access control list that cannot be kept; it is left as it was`);
    expectUntouched(path);
    // Without the tools of lists, `ls` shows that there is one.
    const needed = 'sha256sum stat mktemp chmod cat cut id ls grep sync mv rm date ps sleep setsid'.split(' ');
    for (const name of needed) symlinkSync(programPath(name) ?? name, join(programs, name));
    const blind = sensesHere({ shell: { ...shell, programs } });
    expect((await worldError(replace(blind, path, 'new'))).message).toContain('cannot be kept');
    expectUntouched(path);
    expect(list(path)).toBe(before);
  });

  it('of the directory goes to new files, and to no old one that had none', async () => {
    const path = file('f');
    grant('d:u:1:rw', directory);
    await replace(sensesHere(), path, 'new');
    expect(list(path)).not.toContain('user:1:');
    await replace(sensesHere(), join(directory, 'g'), 'new');
    expect(list(join(directory, 'g'))).toContain('user:1:rw');
  });
});

/** For `skipIf`: whether there are no access control lists to test with. A line says why; under CI it fails. */
function skipsWithoutAcl(): boolean {
  const path = join(base, 'acl');
  writeFileSync(path, '');
  const tried = [
    spawnSync('setfacl', ['-m', 'u:1:rw', path], { encoding: 'utf8' }),
    spawnSync('setfattr', ['-n', 'user.x', '-v', 'y', path], { encoding: 'utf8' }),
  ].find(({ status }) => status !== 0);
  if (tried === undefined) return false;
  if (process.env['CI'] !== undefined) throw new Error(`no access control lists here, and this is CI: ${tried.stderr}`);
  console.warn(`SKIPPED: no access control lists here (${tried.error?.message ?? tried.stderr.trim()})`);
  return true;
}

describe.runIf(isRoot && programPath('setpriv') !== undefined)('a directory that somebody else may write in', () => {
  /** What the other user does, at the moment when a program of the write is started. */
  async function attacked(program: string, attack: string): Promise<string> {
    chmodSync(directory, 0o755);
    const [place, programs] = [join(directory, 'theirs'), join(directory, 'bin')];
    for (const each of [place, programs, join(directory, 'own')]) mkdirSync(each);
    writeFileSync(join(directory, 'own', 'victim'), 'precious');
    chmodSync(join(directory, 'own'), 0o700);
    writeFileSync(join(place, 'f'), 'old\n');
    for (const each of [place, join(place, 'f')]) chownSync(each, 1, 1);
    const mark = join(directory, 'done');
    const real = programPath(program) ?? program;
    const script = `#!/bin/sh
[ -e ${mark} ] || { : >${mark}; (cd ${place}; VICTIM=${join(directory, 'own')} setpriv --reuid 1 --regid 1 --clear-groups sh -c '${attack}'); }
exec ${real} "$@"
`;
    writeFileSync(join(programs, program), script, { mode: 0o755 });
    const shell: Shell = { name: 'sh', path: '/bin/sh', programs: `${programs}:${process.env['PATH'] ?? ''}` };
    const writing = sensesHere({ shell }).write(join(place, 'f'), bytes('new'), { expectSha256: sha256('old\n') });
    const said = await writing.then(
      () => 'written',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    expect(existsSync(mark)).toBe(true);
    return said;
  }

  it.each([
    [
      'swaps what is made for a link to a file',
      'chmod',
      't=$(ls -d .playbook.*); mv $t aside; ln -s $VICTIM/victim $t',
    ],
    [
      'swaps it for a directory with a link in it',
      'chmod',
      't=$(ls -d .playbook.*); mv $t aside; mkdir $t; ln -s $VICTIM/victim $t/$t',
    ],
    ['swaps it for a link to a directory of root', 'cp', 't=$(ls -d .playbook.*); mv $t aside; ln -s $VICTIM $t'],
    [
      'swaps it before it is entered',
      'id',
      't=$(ls -d .playbook.*); mv $t aside; mkdir $t; chmod 700 $t; ln -s $VICTIM/victim $t/$t',
    ],
    ['swaps the file for a link', 'cp', 'rm f; ln -s $VICTIM/victim f'],
    ['swaps the file for a link to a directory', 'mv', 'rm f; ln -s $VICTIM f'],
    ['takes it away', 'chmod', 'rm -rf .playbook.*; mv .playbook.* aside'],
  ])('leads no write elsewhere, when that user %s', async (_what, program, attack) => {
    const said = await attacked(program, attack);
    expect(said).toMatch(/^(?:written|cannot write|.*it is left as it was|.*the file is left as it was)/);
    expect(readFileSync(join(directory, 'own', 'victim'), 'utf8')).toBe('precious');
    expect(lstatSync(join(directory, 'own', 'victim'))).toMatchObject({ uid: 0, gid: 0, mode: 0o100644 });
  });

  it.each([
    ['of ours', 0, 0o755],
    ['of theirs', 1, 0o700],
  ])('into which somebody puts a link to a directory %s writes nothing there', async (_whose, owner, mode) => {
    const path = file('f');
    const elsewhere = mkdtempSync(join(base, 'elsewhere-'));
    chownSync(elsewhere, owner, owner);
    chmodSync(elsewhere, mode);
    // Between the making of the private directory and the entering of it, as whoever may write beside it can.
    const programs = mkdtempSync(join(base, 'swift-'));
    const swift = `#!/bin/sh\nd=$(${programPath('mktemp')} "$@") && rmdir "$d" && ln -s ${elsewhere} "$d" && echo "$d"\n`;
    writeFileSync(join(programs, 'mktemp'), swift, { mode: 0o755 });
    const shell: Shell = { name: 'sh', path: '/bin/sh', programs: `${programs}:${process.env['PATH'] ?? ''}` };
    const error = await worldError(replace(sensesHere({ shell }), path, 'new'));
    expect(error.message).toBe(
      `somebody else changes the directory of \`${path}\` meanwhile; the file is left as it was`,
    );
    expect(readdirSync(elsewhere)).toEqual([]);
    expectUntouched(path);
  });
});

/** The old content is there, and nothing beside it. */
function expectUntouched(path: string): void {
  expect(readFileSync(path, 'utf8')).toBe('old\n');
  expect(readdirSync(directory)).toEqual(['f']);
}

/** Senses of a user who may look into the case's directory and no more. */
function nobody(shell: Shell): TaskHands {
  chmodSync(directory, 0o755);
  const programs = `${sudoDirectory(base)}:${shell.programs}`;
  return sensesHere({ shell: { ...shell, programs }, become: { user: 'nobody', method: 'sudo' } });
}

/** A write as a process of its own, leader of its group, whose input a test can break. */
function spawnWrite(shell: Shell, path: string, content: string, options: Partial<WriteOptions> = {}) {
  const command = writeCommand(path, bytes(content), { expectSha256: sha256('old\n'), ...options });
  const script = command.kind === 'shell' ? command.script : '';
  return spawn(shell.path, ['-c', script], {
    detached: true,
    env: { PATH: shell.programs },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** True where a file system can be mounted, as root outside of most containers can. */
function canMount(): boolean {
  if (!isRoot) return false;
  const at = mkdtempSync(join(base, 'mount-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', at]).status !== 0) return false;
  return spawnSync('umount', [at]).status === 0;
}
