// What each module says it needs before a run, and what it may bring for later tasks.
import { describe, expect, test } from 'vitest';
import { modules } from '../../src/modules/index.js';

const bound = (module: string, args: unknown) => {
  const found = modules.get(module);
  if (found === undefined) throw new Error(`no module ${module}`);
  return found.bind(args);
};
const sql = (text: string) => ({ text, values: [] });
const file = (path: string, content = '') => ({ path, content: Buffer.from(content) });

const placesOfPrograms = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin'];

describe('needs', () => {
  test.each<[string, unknown, object]>([
    ['command', { cmd: ['/x', '-v'], unless: ['pgrep', 'x'], chdir: '/c' }, { programs: ['/x', 'pgrep'], chdir: '/c' }],
    ['command', { argv: ['x'] }, { programs: ['x'] }],
    ['shell', { cmd: 'anything' }, { programs: [] }],
    ['shell', { cmd: 'anything', executable: '/bin/bash' }, { programs: ['/bin/bash'] }],
    ['script', { file: file('a.py', '#!/usr/bin/python3 -u\n') }, { programs: ['/usr/bin/python3'] }],
    ['script', { file: file('a.sh') }, { programs: ['/bin/sh'] }],
    ['process', { name: 'slon', state: 'present', start: ['/s', 'x'] }, { programs: ['/s'] }],
    ['process', { name: 'slon', state: 'absent' }, { programs: [] }],
    ['service', { name: 's', state: 'stopped' }, { services: ['s'] }],
    ['service', { name: 's', state: 'stopped', absent_ok: true }, { services: [] }],
    ['properties', { paths: ['/a', '/b'] }, { files: [['/a', '/b']], writes: [] }],
    ['properties', { path: '/a', create: true }, { files: [], writes: [{ path: '/a' }] }],
    ['lineinfile', { path: '/a', line: 'x' }, { files: [['/a']], writes: [{ path: '/a' }] }],
    ['lineinfile', { path: '/a', line: 'x', state: 'absent' }, { files: [] }],
    ['lineinfile', { path: '/a', line: 'x', create: true }, { files: [] }],
    ['copy', { content: 'four', dest: '/a' }, { writes: [{ path: '/a', bytes: 4 }] }],
    ['copy', { src: file('x/b.txt', 'ab'), dest: '/d/' }, { writes: [{ path: '/d/b.txt', bytes: 2 }] }],
    ['template', { src: file('b.hbs', 'abc'), dest: '/d/' }, { writes: [{ path: '/d/b', bytes: 3 }] }],
    ['template', { src: file('b.hbs'), dest: '/d', validate: ['visudo', '-cf', '%s'] }, { programs: ['visudo'] }],
    ['file', { path: '/a' }, { files: [['/a']] }],
    ['fetch', { src: '/a', dest: { root: '/r', names: ['b'], isDirectory: false, host: 'h' } }, { files: [['/a']] }],
    ['file', { path: '/a/', state: 'directory' }, { makes: ['/a'] }],
    ['file', { path: '/a', state: 'touch' }, { writes: [{ path: '/a' }] }],
    ['sql', { query: sql('select 1') }, { databases: [undefined], withoutShell: true }],
    [
      'sql',
      {
        database: 'd',
        change: [sql('delete from a'), sql('drop table b'), sql('delete from c')],
        unless: sql('select true'),
      },
      {
        databases: ['d'],
        // What comes behind a statement that cannot be explained may build on it.
        statements: [
          { database: 'd', statement: sql('select true') },
          { database: 'd', statement: sql('delete from a') },
        ],
      },
    ],
    ['sql', { query: sql('delete from a') }, { statements: [] }],
    ['postgresql_schema', { name: 's', database: 'd', state: 'absent' }, { databases: ['d'], withoutShell: true }],
    ['postgresql_fence', {}, { databases: [undefined], withoutShell: true }],
    ['postgresql_dump', { database: 'd', dest: '/b/d.dump' }, { databases: ['d'], writes: [{ path: '/b/d.dump' }] }],
    [
      'postgresql_dump',
      { database: 'd', dest: '/b/d.dump', pg_bin: '/p' },
      { searched: expect.arrayContaining([{ name: 'psql', places: ['/p', ...placesOfPrograms] }]) },
    ],
    [
      'postgresql_restore',
      { database: 'd', src: '/d', work_dir: '/w' },
      {
        databases: ['postgres'],
        files: [['/d'], ['/d.json'], ['/d.sha256']],
        writes: [{ path: '/w/playbook-restore' }],
        searched: ['pg_dump', 'pg_restore', 'psql'].map((name) => ({ name, places: placesOfPrograms })),
        elsewhere: [],
      },
    ],
    [
      'postgresql_restore',
      { database: 'd', from_host: 'a', from_database: 'e', pg_bin: '/p', from_pg_bin: '/q' },
      {
        elsewhere: [
          {
            host: 'a',
            needs: {
              databases: ['e'],
              searched: expect.arrayContaining([{ name: 'pg_dump', places: ['/q', ...placesOfPrograms] }]),
            },
          },
        ],
      },
    ],
    ['slony_status', { database: 'd' }, { databases: ['d'], withoutShell: true }],
    ['debug', { msg: 'x' }, {}],
  ])('of %s %j', (module, args, expected) => {
    expect(bound(module, args).needs).toMatchObject(expected);
  });
});

describe('brings', () => {
  const anything = { files: true, programs: true, data: true };
  test.each<[string, unknown, object]>([
    ['command', { cmd: ['x'] }, anything],
    ['shell', { cmd: 'x' }, anything],
    ['script', { file: file('x') }, anything],
    ['copy', { content: '', dest: '/a' }, { paths: ['/a'] }],
    ['file', { path: '/a', state: 'directory' }, { paths: ['/a'] }],
    ['file', { path: '/a', state: 'absent' }, { paths: [] }],
    ['properties', { path: '/a' }, { paths: ['/a'] }],
    ['service', { name: 's', state: 'stopped' }, {}],
    ['service', { name: 's', state: 'started' }, { files: true, data: true }],
    ['process', { name: 's' }, {}],
    ['process', { name: 's', state: 'present', start: ['x'] }, { files: true, data: true }],
    ['sql', { query: sql('select 1') }, {}],
    ['sql', { change: sql('create table t ()') }, { data: true }],
    ['postgresql_schema', { name: 's', state: 'absent' }, {}],
    ['postgresql_schema', { name: 's' }, { data: true }],
    ['uri', { url: 'http://x/' }, {}],
    ['uri', { url: 'http://x/', method: 'POST' }, { files: true, data: true, everywhere: true }],
    ['confirm', { title: 't' }, {}],
    ['confirm', { title: 't', steps: ['s'] }, { ...anything, everywhere: true }],
    ['ping', {}, {}],
    ['assert', { that: [] }, {}],
  ])('of %s %j', (module, args, expected) => {
    expect(bound(module, args).brings).toEqual(expected);
  });

  test('of arguments that are not known yet are what they could bring at most', () => {
    const bringing = [...modules.values()].filter((each) => each.onlyLooks && Object.keys(each.brings).length > 0);
    expect(bringing.map((each) => each.name)).toEqual([]);
    expect(modules.get('copy')?.brings).toEqual({ files: true, programs: true, data: false });
    expect(modules.get('service')?.brings).toEqual({ files: true, data: true });
    expect(modules.get('command')?.brings).toEqual(anything);
  });
});
