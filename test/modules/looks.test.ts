// ping and stat only look.
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ping } from '../../src/modules/ping.js';
import { stat } from '../../src/modules/stat.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

describe('ping', () => {
  it('answers', async () => {
    expect((await stepHere(ping, {})).after).toEqual({ ping: 'pong' });
    expect((await stepHere(ping, { data: `it's $(id)` })).after).toEqual({ ping: `it's $(id)` });
  });

  it('fails on a host whose shell adds words of its own', async () => {
    const hands = localHands();
    const look: typeof hands.look = async (command, options) => {
      const result = await hands.look(command, options);
      return { ...result, stdout: `Welcome!\n${result.stdout}` };
    };
    await expect(ping.bind({}).inspect({ ...hands, look })).rejects.toMatchObject({
      details: { stdout: 'Welcome!\npong' },
    });
  });
});

describe('stat', () => {
  it('tells of a file in the words of Ansible', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'a b');
    await writeFile(path, 'hello\n');
    await chmod(path, 0o640);
    expect((await stepHere(stat, { path })).after['stat']).toMatchObject({
      exists: true,
      isreg: true,
      isdir: false,
      islnk: false,
      mode: '0640',
      size: 6,
      pw_name: userInfo().username,
      checksum: 'f572d396fae9206628714fb2ce00f72e94f2258f',
    });
    expect((await stepHere(stat, { path, checksum_algorithm: 'md5' })).after).toMatchObject({
      stat: { checksum: 'b1946ac92492d2347c6235b4d2611184' },
    });
  });

  it('tells of links, directories and of nothing', async () => {
    await using directory = await temporaryDirectory();
    const link = join(directory.path, 'link');
    await symlink('nowhere', link);
    expect((await stepHere(stat, { path: link })).after).toMatchObject({
      stat: { islnk: true, lnk_target: 'nowhere' },
    });
    expect((await stepHere(stat, { path: link, follow: true })).after).toEqual({ stat: { exists: false, path: link } });
    expect((await stepHere(stat, { path: directory.path })).after).toMatchObject({ stat: { isdir: true } });
  });
});
