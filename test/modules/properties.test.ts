import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { properties } from '../../src/modules/properties.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

type Args = Parameters<typeof properties.spec.want>[0];
type State = Parameters<typeof properties.spec.want>[1];

const path = '/x/fdb.properties';
const there: State = {
  files: [{ path, kind: 'file', sha256: 'a' }],
  properties: {},
  duplicates: {},
  keys: ['hosts', 'name'],
  still_named: [],
  nearby: [],
};

describe('what properties wants', () => {
  it.each<[string, Args, Partial<State>, object]>([
    [
      'a value set',
      { path, set: { a: 1, b: true } },
      { properties: { a: '2', b: null } },
      { properties: { a: '1', b: 'true' } },
    ],
    ['a key gone', { path, remove_keys: ['a'] }, { properties: { a: '2' } }, { properties: { a: null } }],
    [
      'an item out of a list',
      { path, remove_items: { items: ['10.0.0.1'] } },
      { properties: { hosts: '10.0.0.11, 10.0.0.1:5432, 10.0.0.2' } },
      { properties: { hosts: '10.0.0.11, 10.0.0.2' } },
    ],
    [
      'an item at the end of lists, separated and with a port as its neighbours',
      { path, add_items: { items: ['10.0.0.1'], keys: ['a', 'b', 'c', 'd'] } },
      { properties: { a: '10.0.0.2', b: '10.0.0.2:5432; 10.0.0.3:5432', c: '10.0.0.1,10.0.0.2', d: '' } },
      {
        properties: {
          a: '10.0.0.2,10.0.0.1',
          b: '10.0.0.2:5432; 10.0.0.3:5432; 10.0.0.1:5432',
          c: '10.0.0.1,10.0.0.2',
          d: '10.0.0.1',
        },
      },
    ],
    [
      'one item in the place of another',
      { path, remove_items: { items: ['10.0.0.1'] }, add_items: { items: ['10.0.0.2'], keys: ['hosts'] } },
      { properties: { hosts: '10.0.0.1:5432', other: '10.0.0.1,10.0.0.3' } },
      { properties: { hosts: '10.0.0.2', other: '10.0.0.3' } },
    ],
    [
      'an item moved to the end',
      { path, remove_items: { items: ['a'], keys: ['hosts'] }, add_items: { items: ['a'], keys: ['hosts'] } },
      { properties: { hosts: 'a,b' } },
      { properties: { hosts: 'b,a' } },
    ],
    [
      'several items moved to the end, in the order in which they are said',
      { path, remove_items: { items: ['a'], keys: ['hosts'] }, add_items: { items: ['a', 'c', 'a'], keys: ['hosts'] } },
      { properties: { hosts: 'c,b' } },
      { properties: { hosts: 'b,a,c' } },
    ],
    [
      'an item put in and taken out of any list',
      { path, remove_items: { items: ['10.0.0.1'] }, add_items: { items: ['10.0.0.1'], keys: ['hosts'] } },
      { properties: { hosts: 'a' } },
      new Refusal('`10.0.0.1` is to be put in and taken out', 'say the `keys` that it is to be taken out of'),
    ],
    [
      'an item kept and taken out',
      { path, remove_items: { items: ['10.0.0.1'], keep_items: ['10.0.0.1:5432'] } },
      { properties: { hosts: '10.0.0.1:5432' } },
      new Refusal('`10.0.0.1:5432` is to be kept and taken out'),
    ],
    [
      'a list to add to that is not there',
      { path, add_items: { items: ['10.0.0.1'], keys: ['host'] } },
      { properties: { host: null } },
      new Refusal('the file has no key `host`', 'did you mean `hosts`?'),
    ],
    ['nothing where no list has it', { path, remove_items: { items: ['10.0.0.1'] } }, {}, { properties: {} }],
    [
      'a file that may be made',
      { path, set: { a: 'x' }, create: true },
      { files: [], properties: { a: null } },
      { properties: { a: 'x' } },
    ],
    ['neither path nor paths', { set: { a: 1 } }, {}, new Refusal('say either `path` or `paths`')],
    [
      'nothing to do',
      { path },
      {},
      new Refusal('nothing is to be done', 'say `set`, `add_items`, `remove_items` or `remove_keys`'),
    ],
    [
      'two wishes for one key',
      { path, set: { a: 1 }, remove_keys: ['a'] },
      {},
      new Refusal('more than one thing is to be done to key `a`'),
    ],
    [
      'a wrong path',
      { path: '/x/fbd.properties', set: { a: 1 } },
      { files: [], nearby: ['/x/edb.properties', '/x/fdb.properties'] },
      new Refusal('there is no file `/x/fbd.properties`', 'did you mean `/x/fdb.properties`?'),
    ],
    [
      'none of the paths',
      { paths: ['/x/a', '/y/a'], set: { a: 1 }, create: true },
      { files: [] },
      new Refusal('there is no file `/x/a` or `/y/a`'),
    ],
    [
      'a link',
      { path, set: { a: 1 } },
      { files: [{ path, kind: 'link', sha256: null }] },
      new Refusal('`/x/fdb.properties` is a link', 'say `follow: true` to edit what it points to'),
    ],
    [
      'a pipe',
      { path, set: { a: 1 } },
      { files: [{ path, kind: 'other', sha256: null }] },
      new Refusal('`/x/fdb.properties` is not a regular file'),
    ],
    [
      'candidates that differ',
      { paths: ['/a', '/b'], set: { a: 1 } },
      {
        files: [
          { path: '/a', kind: 'file', sha256: '1' },
          { path: '/b', kind: 'file', sha256: '2' },
        ],
      },
      new Refusal(
        '`/a` and `/b` both exist, with different content',
        'find out which one is read, and say it as `path`',
      ),
    ],
    [
      'a key that is said twice',
      { path, set: { a: 1 } },
      { properties: { a: '3' }, duplicates: { a: [3, 9] } },
      new Refusal('key `a` is said more than once, on lines 3, 9', 'keep one of the lines; Java reads the last'),
    ],
    [
      'a key that is not there',
      { path, remove_items: { items: ['x'], keys: ['host'] } },
      { properties: { host: null } },
      new Refusal('the file has no key `host`', 'did you mean `hosts`?'),
    ],
    [
      'a list that would be empty',
      { path, remove_items: { items: ['10.0.0.1'] } },
      { properties: { hosts: '10.0.0.1' } },
      new Refusal('nothing would be left of `hosts`: `10.0.0.1`'),
    ],
    [
      'a list without what must stay',
      { path, remove_items: { items: ['10.0.0.1'], keep_items: ['10.0.0.2'] } },
      { properties: { hosts: '10.0.0.1,10.0.0.22' } },
      new Refusal(
        '`10.0.0.2` is to be kept in `hosts` and is not in it: `10.0.0.1,10.0.0.22`',
        'is this the right file of the right host?',
      ),
    ],
  ])('%s', (_title, args, found, wanted) => {
    expect(properties.spec.want(args, { ...there, ...found })).toEqual(wanted);
  });
});

describe('properties on this machine', () => {
  const before = Buffer.concat([
    Buffer.from('# Database hosts\r\nhosts = 10.0.0.1,\\\r\n   10.0.0.11, 10.0.0.2\r\n! caf'),
    Buffer.from([0xe9]),
    Buffer.from('\r\nurl=jdbc\\:postgresql\\://10.0.0.1/fdb\r\npassword=p'),
  ]);

  it('takes an item out and changes no other byte, nor mode', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'fdb.properties');
    await writeFile(file, before);
    await chmod(file, 0o640);
    const args = { path: file, remove_items: { items: ['10.0.0.1'], keep_items: ['10.0.0.2'] } };
    const step = await stepHere(properties, args);
    expect(step).toMatchObject({
      plan: {
        change: {
          before: { properties: { hosts: '10.0.0.1,10.0.0.11, 10.0.0.2' } },
          after: { properties: { hosts: '10.0.0.11, 10.0.0.2' } },
        },
      },
      after: { still_named: ['url'] },
      again: { kind: 'same' },
    });
    expect((await readFile(file)).toString('latin1')).toBe(
      before.toString('latin1').replace('10.0.0.1,\\\r\n   10', '\\\r\n   10'),
    );
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(directory.path)).toSorted()).toEqual(['fdb.properties', 'fdb.properties.backup~']);
    expect((await stepHere(properties, args)).plan.kind).toBe('same');
  });

  it('does not show values that the task is not about', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'x.properties');
    await writeFile(file, before);
    const { plan, after } = await stepHere(properties, { path: file, set: { name: 'b' }, backup: false });
    expect(JSON.stringify([plan, after])).not.toContain('=p');
    expect((await readFile(file)).subarray(0, before.length).equals(before)).toBe(true);
  });

  it('edits the one of several paths that exists, and both when they are the same', async () => {
    await using directory = await temporaryDirectory();
    const [one, two] = ['conf/a.properties', 'a.properties'].map((each) => join(directory.path, each)) as [
      string,
      string,
    ];
    const args = { paths: [one, two], set: { a: 2 }, backup: false };
    expect((await stepHere(properties, args)).plan).toMatchObject({
      kind: 'refuse',
      message: expect.stringContaining('there is no file'),
    });
    await writeFile(two, 'a=1\n');
    expect((await stepHere(properties, args)).again.kind).toBe('same');
    expect(await readFile(two, 'utf8')).toBe('a=2\n');
    await mkdir(join(directory.path, 'conf'));
    await writeFile(one, 'a=1\n');
    expect((await stepHere(properties, args)).plan).toMatchObject({
      kind: 'refuse',
      message: expect.stringContaining('both exist'),
    });
    await writeFile(two, 'a=1\n');
    expect((await stepHere(properties, args)).again.kind).toBe('same');
    expect([await readFile(one, 'utf8'), await readFile(two, 'utf8')]).toEqual(['a=2\n', 'a=2\n']);
  });

  it('knows one file by two names', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'v8'));
    await symlink('v8', join(directory.path, 'active'));
    await writeFile(join(directory.path, 'v8', 'a.properties'), 'a=1');
    const paths = ['v8', 'active'].map((each) => join(directory.path, each, 'a.properties'));
    const { after, again } = await stepHere(properties, { paths, set: { a: 2 } });
    expect(after['files']).toHaveLength(1);
    expect(again.kind).toBe('same');
  });

  it('refuses a link unless it is to be followed, and leaves the link', async () => {
    await using directory = await temporaryDirectory();
    const [file, link] = ['real', 'link'].map((each) => join(directory.path, each)) as [string, string];
    await writeFile(file, 'a=1');
    await symlink('real', link);
    expect((await stepHere(properties, { path: link, set: { a: 2 } })).plan).toMatchObject({ kind: 'refuse' });
    expect((await stepHere(properties, { path: link, set: { a: 2 }, follow: true })).again.kind).toBe('same');
    expect(await readFile(file, 'utf8')).toBe('a=2');
    expect(await stepHere(properties, { path: link, set: { a: 2 }, follow: true })).toMatchObject({
      plan: { kind: 'same' },
    });
  });

  it('makes a file only when told to, and names what is near', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'application.properties'), '');
    const wrong = { path: join(directory.path, 'applications.properties'), set: { a: 1 } };
    expect((await stepHere(properties, wrong)).plan).toMatchObject({
      kind: 'refuse',
      hint: `did you mean \`${join(directory.path, 'application.properties')}\`?`,
    });
    expect((await stepHere(properties, { ...wrong, create: true })).again.kind).toBe('same');
    expect(await readFile(wrong.path, 'utf8')).toBe('a=1\n');
  });

  it('refuses to write when someone else was faster', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'a');
    await writeFile(file, 'a=1\nb=1\n');
    const bound = properties.bind({ path: file, set: { a: 2 } });
    const hands = localHands();
    expect(await bound.inspect(hands)).toMatchObject({ properties: { a: '1' } });
    await writeFile(file, 'a=9\nb=1\n');
    const change = { before: { properties: { a: '1' } }, after: { properties: { a: '2' } } };
    await expect(bound.apply?.(change, hands)).rejects.toThrow('was changed by someone else');
    expect(await readFile(file, 'utf8')).toBe('a=9\nb=1\n');
  });
});
