import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lineinfile } from '../../src/modules/lineinfile.js';
import { stepHere, temporaryDirectory } from '../rigs/local-hands.js';

describe('lineinfile on this machine', () => {
  it('has a line once, keeps a copy, and shows the text before and after', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'postgresql.conf');
    await writeFile(path, '#listen_addresses = x\nport = 5432\n');
    const args = { path, regexp: '^#?listen_addresses', line: "listen_addresses = '*'", backup: true };
    expect(await stepHere(lineinfile, args)).toMatchObject({
      plan: { change: { after: { content: "listen_addresses = '*'\nport = 5432\n" } } },
      again: { kind: 'same' },
    });
    expect((await stepHere(lineinfile, args)).plan.kind).toBe('same');
    expect(await readdir(directory.path)).toHaveLength(2);
  });

  it('keeps bytes that are not UTF-8', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'f');
    await writeFile(path, Uint8Array.of(0xe9, 10));
    expect((await stepHere(lineinfile, { path, line: 'x' })).again.kind).toBe('same');
    expect(Uint8Array.from(await readFile(path))).toEqual(Uint8Array.of(0xe9, 10, 0x78, 10));
    expect((await stepHere(lineinfile, { path, line: '\u20ac' })).plan).toMatchObject({ kind: 'refuse' });
    expect((await stepHere(lineinfile, { path, line: '\u00e4' })).again.kind).toBe('same');
  });

  it('edits a text that is too long to be shown elsewhere', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'f');
    await writeFile(path, 'line\n'.repeat(20_000));
    expect((await stepHere(lineinfile, { path, line: 'x' })).again.kind).toBe('same');
    await writeFile(path, 'x'.repeat(1024 * 1024 + 1));
    await expect(stepHere(lineinfile, { path, line: 'y' })).rejects.toThrow('too large to be edited by lines');
  });

  it('makes a file only when told to, and needs none to remove a line', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'f');
    expect((await stepHere(lineinfile, { path, line: 'x', state: 'absent' })).plan.kind).toBe('same');
    expect((await stepHere(lineinfile, { path, line: 'x' })).plan).toMatchObject({
      hint: 'say `create: true` to make it',
    });
    expect((await stepHere(lineinfile, { path, line: 'x', create: true, mode: '0600' })).again.kind).toBe('same');
    expect(await readFile(path, 'utf8')).toBe('x\n');
  });

  it.each([
    [{}, 'say the `line` that is to be there'],
    [{ state: 'absent' }, 'say the `line` or the `regexp` that is to go'],
    [{ line: 'x', insertafter: 'a', insertbefore: 'b' }, 'say either `insertafter` or `insertbefore`'],
    [{ line: 'x', regexp: '[' }, expect.stringContaining('is not a regular expression')],
  ])('refuses %j', async (args, message) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'f');
    await writeFile(path, '');
    expect((await stepHere(lineinfile, { path, ...args })).plan).toMatchObject({ kind: 'refuse', message });
  });
});
