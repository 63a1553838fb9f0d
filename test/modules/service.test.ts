// The service manager of this machine is real; only /etc/init.d is another directory, in a mount namespace of its own.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { service } from '../../src/modules/service.js';
import type { ServiceState } from '../../src/modules/shared/service-look.js';
import { serviceIn } from '../../src/modules/shared/service-look.js';
import type { LocalHands } from '../rigs/local-hands.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

const sysv: ServiceState = { manager: 'sysv', state: 'stopped', enabled: false, pid: null, started_at: null, said: '' };
const name = 'dtService';

describe('what service wants', () => {
  it.each<[string, Parameters<typeof service.spec.want>[0], Partial<ServiceState>, object]>([
    ['a stopped one started', { name, state: 'started' }, {}, { state: 'running' }],
    ['a running one started', { name, state: 'started' }, { state: 'running' }, { state: 'running' }],
    ['a running one stopped', { name, state: 'stopped' }, { state: 'running' }, { state: 'stopped' }],
    ['a fresh start', { name, state: 'restarted' }, { state: 'running' }, { state: 'running', started_at: 'now' }],
    ['only enabled', { name, enabled: true }, {}, { enabled: true }],
    ['both', { name, state: 'started', enabled: false }, {}, { state: 'running', enabled: false }],
    ['an unknown one gone', { name, state: 'stopped', absent_ok: true }, { state: 'unknown_service' }, {}],
    ['nothing but a look', { name }, {}, {}],
    ['nothing but a look at what is not there', { name }, { state: 'unknown_service' }, {}],
    [
      'an unknown one stopped',
      { name, state: 'stopped' },
      { state: 'unknown_service' },
      new Refusal('the host has no service `dtService`', 'say `absent_ok: true` when that is as it should be'),
    ],
    [
      'an unknown one started, absent_ok or not',
      { name, state: 'started', absent_ok: true },
      { state: 'unknown_service' },
      new Refusal('the host has no service `dtService`'),
    ],
    [
      'one without a status',
      { name, state: 'stopped' },
      { state: 'unknown', said: 'Usage: dtService {start|stop}\nmore' },
      new Refusal(
        'the status of service `dtService` cannot be told: Usage: dtService {start|stop}',
        'say `pattern`, a regular expression on the command line of its process',
      ),
    ],
    [
      'a masked one started',
      { name, state: 'started' },
      { manager: 'systemd', said: 'the unit is masked' },
      new Refusal('service `dtService` is masked', '`systemctl unmask dtService` makes it known again'),
    ],
  ])('%s', (_title, args, found, wanted) => {
    expect(service.spec.want(args, { ...sysv, ...found })).toEqual(wanted);
  });
});

const systemd = (active: string, more = '') =>
  serviceIn(
    `enabled=no\nmanager=systemd\nMainPID=123\nExecMainStartTimestampMonotonic=99\nLoadState=loaded\nActiveState=${active}\n${more}`,
  );

describe('what the host said', () => {
  it.each([
    ['active', 'running'],
    ['reloading', 'running'],
    ['activating', 'starting'],
    ['deactivating', 'stopping'],
    ['inactive', 'stopped'],
    ['failed', 'stopped'],
    ['maintenance', 'unknown'],
  ])('systemd %s is %s', (active, state) => {
    expect(systemd(active)).toMatchObject({ manager: 'systemd', state, pid: 123, started_at: '99' });
  });

  it.each([
    ['enabled', true],
    ['enabled-runtime', true],
    ['disabled', false],
    ['generated', false],
    ['', null],
  ])('unit file state %j is enabled: %j', (fileState, enabled) => {
    expect(systemd('active', `UnitFileState=${fileState}`).enabled).toBe(enabled);
  });

  it.each([
    ['0', 'running with pid 12', 'running'],
    ['1', 'dead, pid file exists', 'stopped'],
    ['2', 'dead, lock file exists', 'stopped'],
    ['3', 'stopped', 'stopped'],
    ['4', 'who knows', 'unknown'],
    ['150', '', 'unknown'],
    ['3', 'Usage: /etc/init.d/x {start|stop|restart}', 'unknown'],
    ['0', 'dtService stop/waiting', 'stopped'],
    ['0', 'dtService start/running, process 42', 'running'],
    ['0', 'dtService start/pre-start, process 42', 'starting'],
    ['1', 'dtService: unrecognized service', 'unknown_service'],
    ['4', 'Unit dtService.service could not be found.', 'unknown_service'],
  ])('a script with code %s saying %j is %s', (rc, said, state) => {
    expect(serviceIn(`enabled=yes\nmanager=sysv\nrc=${rc}\nsaid=${said}\n`)).toMatchObject({
      manager: 'sysv',
      state,
      enabled: true,
    });
  });
});

const canMount =
  spawnSync('unshare', ['-m', 'true']).status === 0 && existsSync('/etc/init.d') && existsSync('/usr/sbin/service');

const runLevels = ['0', '1', '2', '3', '4', '5', '6', 'S'].map((each) => `/etc/rc${each}.d`);

interface Scripts extends AsyncDisposable {
  readonly hands: LocalHands;
  readonly name: string;
  readonly directory: string;
}

/** A service whose daemon is a real process; `broken` lines come first in its script. */
async function installed(
  broken = '',
  status = 'status) if alive; then echo running; exit 0; else exit 3; fi;;',
): Promise<Scripts> {
  const directory = await temporaryDirectory();
  const unique = `pbt${randomBytes(4).toString('hex')}`;
  const [init, daemon, pid] = ['init.d', 'daemon', 'pid'].map((each) => join(directory.path, each)) as [
    string,
    string,
    string,
  ];
  await mkdir(init);
  await mkdir(join(directory.path, 'empty'));
  await copyFile('/bin/sleep', `${daemon}-${unique}`);
  await writeFile(
    join(init, unique),
    `#!/bin/sh
### BEGIN INIT INFO
# Provides: ${unique}
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
pid=${pid}
alive() { [ -f ${pid} ] && kill -0 "$(cat ${pid})" 2>/dev/null; }
${broken}
case $1 in
start) echo starting; ${daemon}-${unique} 60 & echo $! > ${pid};;
stop) alive && kill "$(cat ${pid})"; rm -f ${pid};;
restart) "$0" stop; "$0" start;;
reload) echo reloaded;;
${status}
*) echo "Usage: $0 {start|stop}"; exit 3;;
esac
`,
  );
  await chmod(join(init, unique), 0o755);
  const links = runLevels.filter((each) => existsSync(each)).map((each) => [each, join(directory.path, each)] as const);
  for (const [, path] of links) await mkdir(path, { recursive: true });
  const hands = localHands({
    '/etc/init.d': init,
    ...Object.fromEntries(links),
    ...(existsSync('/run/systemd') ? { '/run/systemd': join(directory.path, 'empty') } : {}),
  });
  return {
    hands,
    name: unique,
    directory: directory.path,
    [Symbol.asyncDispose]: async () => {
      spawnSync('/bin/sh', ['-c', `[ ! -f ${pid} ] || kill "$(cat ${pid})"`]);
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!canMount)('service with System V scripts', () => {
  it('starts and stops, and finds nothing to do the second time', async () => {
    await using scripts = await installed();
    const start = { name: scripts.name, state: 'started' };
    expect(await stepHere(service, start, scripts.hands)).toMatchObject({
      plan: { kind: 'change', change: { before: { state: 'stopped' }, after: { state: 'running' } } },
      told: { rc: 0, output: 'starting' },
      again: { kind: 'same' },
    });
    expect((await stepHere(service, start, scripts.hands)).plan.kind).toBe('same');
    const stop = { name: scripts.name, state: 'stopped' };
    expect((await stepHere(service, stop, scripts.hands)).again.kind).toBe('same');
    expect((await stepHere(service, stop, scripts.hands)).plan.kind).toBe('same');
  });

  it('does not hang on a daemon that keeps the output open', async () => {
    await using scripts = await installed();
    const step = await stepHere(service, { name: scripts.name, state: 'started' }, scripts.hands);
    expect(step.again.kind).toBe('same');
  });

  it('does not believe a start that ends with 0 and starts nothing', async () => {
    await using scripts = await installed('[ "$1" != start ] || { echo "port 443 is taken"; exit 0; }');
    await expect(
      stepHere(service, { name: scripts.name, state: 'started', timeout: 1 }, scripts.hands),
    ).rejects.toMatchObject({
      message: `service \`${scripts.name}\` is stopped after \`start\``,
      details: { rc: 0, output: 'port 443 is taken' },
    });
  });

  it('believes a stop that ends with 1 and stops it', async () => {
    await using scripts = await installed('[ "$1" != stop ] || trap "exit 1" EXIT');
    await stepHere(service, { name: scripts.name, state: 'started' }, scripts.hands);
    const stopped = await stepHere(service, { name: scripts.name, state: 'stopped' }, scripts.hands);
    expect(stopped).toMatchObject({ told: { rc: 1 }, again: { kind: 'same' } });
  });

  it('waits for a slow stop', async () => {
    await using scripts = await installed(
      '[ "$1" != stop ] || { ( sleep 1.2; kill "$(cat $pid)" ) >/dev/null 2>&1 & exit 0; }',
    );
    await stepHere(service, { name: scripts.name, state: 'started' }, scripts.hands);
    const stop = { name: scripts.name, state: 'stopped', timeout: 10 };
    const { again } = await stepHere(service, stop, scripts.hands);
    expect(again.kind).toBe('same');
  });

  it('restarts, also with a pause, and starts what was stopped', async () => {
    await using scripts = await installed();
    const restart = { name: scripts.name, state: 'restarted' };
    await stepHere(service, restart, scripts.hands);
    const { stdout: first } = await scripts.hands.look({ kind: 'argv', argv: ['cat', join(scripts.directory, 'pid')] });
    await stepHere(service, { ...restart, sleep: 0.1 }, scripts.hands);
    const { stdout: second } = await scripts.hands.look({
      kind: 'argv',
      argv: ['cat', join(scripts.directory, 'pid')],
    });
    expect(second).not.toBe(first);
    expect((await stepHere(service, { name: scripts.name, state: 'reloaded' }, scripts.hands)).told['output']).toBe(
      'reloaded',
    );
  });

  it('fails when a restart is refused, although the old process still runs', async () => {
    await using scripts = await installed('[ "$1" != restart ] || { echo "bad configuration"; exit 1; }');
    await stepHere(service, { name: scripts.name, state: 'started' }, scripts.hands);
    await expect(stepHere(service, { name: scripts.name, state: 'restarted' }, scripts.hands)).rejects.toMatchObject({
      details: { rc: 1, output: 'bad configuration' },
    });
  });

  it('lets processes decide when the script has no status', async () => {
    await using scripts = await installed('', '');
    const plain = await stepHere(service, { name: scripts.name, state: 'started' }, scripts.hands);
    expect(plain.plan).toMatchObject({ kind: 'refuse', hint: expect.stringContaining('`pattern`') });
    const pattern = `daemon-${scripts.name} 6[0]`;
    expect((await stepHere(service, { name: scripts.name, state: 'started', pattern }, scripts.hands)).again.kind).toBe(
      'same',
    );
    expect((await stepHere(service, { name: scripts.name, state: 'stopped', pattern }, scripts.hands)).again.kind).toBe(
      'same',
    );
  });

  it('knows a service that is not there', async () => {
    await using scripts = await installed();
    const { plan } = await stepHere(service, { name: `${scripts.name}-no`, state: 'stopped' }, scripts.hands);
    expect(plan).toMatchObject({ kind: 'refuse', message: `the host has no service \`${scripts.name}-no\`` });
  });

  it.skipIf(!existsSync('/usr/sbin/update-rc.d'))(
    'is started with the host when enabled, and not when disabled',
    async () => {
      await using scripts = await installed();
      const enable = { name: scripts.name, enabled: true };
      expect(await stepHere(service, enable, scripts.hands)).toMatchObject({
        plan: { kind: 'change', change: { before: { enabled: false }, after: { enabled: true } } },
        again: { kind: 'same' },
      });
      expect((await stepHere(service, enable, scripts.hands)).plan.kind).toBe('same');
      expect((await stepHere(service, { ...enable, enabled: false }, scripts.hands)).again.kind).toBe('same');
    },
  );

  it('looks once', async () => {
    await using scripts = await installed();
    await stepHere(service, { name: scripts.name, state: 'stopped' }, scripts.hands);
    expect(scripts.hands.calls.map((each) => each.verb)).toEqual(['look']);
  });
});
