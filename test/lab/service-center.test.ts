// The Service Center of the embedded lab, over HTTP, and the tenant pair's three databases with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_LOGIN, SERVICE_CENTER_LOGIN, startLab, type Lab } from '../../src/lab/index.js';
import {
  clusterCells,
  hiddenFields,
  messageText,
  operationText,
  SLONY_OPERATIONS,
  Visitor,
} from '../rigs/service-center-client.js';
import { asRoot, connect, place, sql, until } from './rig.js';

let base: string;
let lab: Lab;
let admin: Visitor;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'lab-'));
  lab = await startLab(join(base, 'lab'), { hosts: ['spa', 'spb', 'taa', 'tab'] });
  admin = new Visitor(lab.state.serviceCenterUrl);
  await admin.logIn();
}, 90_000);

afterAll(async () => {
  await lab?.stop();
  rmSync(base, { recursive: true, force: true });
}, 30_000);

async function press(operation: string, organization: string, database: string): Promise<string> {
  return admin.outcome(await admin.press(operation, organization, database));
}

async function everyService(action: 'start' | 'stop'): Promise<void> {
  for (const host of ['spa', 'spb']) {
    const client = await connect(lab.state, host);
    expect(await asRoot(client, `service dtService ${action}`)).toMatchObject({ code: 0 });
    client.end();
  }
}

async function subscribes(host: string, database: string): Promise<void> {
  const subscribed = 'select 1 from _slony.sl_subscribe where sub_active';
  await until(`${host} subscribes`, async () => (await sql(lab.state, host, subscribed, database)).length === 1);
}

async function makePrimary(next: string, last: string): Promise<void> {
  await sql(
    lab.state,
    'spa',
    `update appliance set capabilities = capabilities & ~192::bigint where name = '${last}';
     update appliance set capabilities = capabilities | 192 where name = '${next}'`,
  );
}

describe('the login', () => {
  it('stands before every page, and leads to the page that was asked for', async () => {
    const stranger = new Visitor(lab.state.serviceCenterUrl);
    for (const path of ['/', '/appliances', '/appliances/maintenance', SLONY_OPERATIONS, '/nowhere']) {
      const { html } = await stranger.get(path);
      expect(html).toContain('<title>Log in - Service Center</title>');
      expect(html).not.toContain('Initialize Slony');
    }
    const login = await stranger.get(SLONY_OPERATIONS);
    const { user: username, password } = SERVICE_CENTER_LOGIN;
    const page = await stranger.submit(login, '/login', { username, password });
    expect([page.status, page.path]).toEqual([200, SLONY_OPERATIONS]);
    expect(stranger.lastSetCookie).toMatch(/; HttpOnly; SameSite=Strict$/);
  });

  it('says that the password is wrong, and lets nobody in', async () => {
    const stranger = new Visitor(lab.state.serviceCenterUrl);
    const page = await stranger.logIn({ user: 'admin', password: 'desktone1' });
    expect([page.status, messageText(page.html)]).toEqual([403, 'The user name or the password is wrong.']);
    expect((await stranger.get(SLONY_OPERATIONS)).html).toContain('<h1>Log in</h1>');
  });

  it('changes the name of the session, so that nobody can have known it before', async () => {
    const visitor = new Visitor(lab.state.serviceCenterUrl);
    await visitor.get('/login');
    const before = [...visitor.cookies.values()];
    await visitor.logIn();
    expect([...visitor.cookies.values()]).not.toEqual(before);
  });

  it('leads to no other site', async () => {
    const visitor = new Visitor(lab.state.serviceCenterUrl);
    const login = await visitor.get('/login?next=https%3A%2F%2Fexample.org%2F');
    expect(hiddenFields(login.html, '/login')['next']).toBe('/appliances');
    const { user: username, password } = SERVICE_CENTER_LOGIN;
    const page = await visitor.submit(login, '/login', { username, password, next: '//example.org' });
    expect(page.path).toBe('/appliances');
  });

  it('ends with the logout, also for who kept the cookie', async () => {
    const visitor = new Visitor(lab.state.serviceCenterUrl);
    const page = await visitor.logIn();
    const kept = [...visitor.cookies];
    await visitor.submit(page, '/logout', {});
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    expect((await visitor.get('/appliances')).html).toContain('<h1>Log in</h1>');
  });
});

describe('a form that is not ours', () => {
  const choice = { organization: '1000', database: 'fdb', operation: 'reinitialize' };

  it('is refused without the token of the session', async () => {
    for (const csrf of ['', 'guessed']) {
      const page = await admin.post(SLONY_OPERATIONS, { ...choice, csrf });
      expect([page.status, messageText(page.html)]).toEqual([403, expect.stringContaining('not of this session')]);
    }
    const login = await new Visitor(lab.state.serviceCenterUrl).post('/login', {
      username: SERVICE_CENTER_LOGIN.user,
      password: SERVICE_CENTER_LOGIN.password,
    });
    expect(login.status).toBe(403);
  });

  it('is refused from another site, whatever it knows', async () => {
    const { html } = await admin.get(SLONY_OPERATIONS);
    const own = hiddenFields(html, `${SLONY_OPERATIONS}/confirm`);
    const foreign = { origin: 'http://example.org' };
    expect((await admin.post(SLONY_OPERATIONS, { ...own, ...choice }, foreign)).status).toBe(403);
    expect((await admin.post(SLONY_OPERATIONS, { ...own, ...choice }, { origin: 'null' })).status).toBe(403);
    expect(operationText((await admin.get(SLONY_OPERATIONS)).html)).toBeUndefined();
  });

  it('is refused when it is too long or names what there is not', async () => {
    const { html } = await admin.get(SLONY_OPERATIONS);
    const own = hiddenFields(html, `${SLONY_OPERATIONS}/confirm`);
    const answer = async (fields: object) => admin.post(SLONY_OPERATIONS, { ...own, ...choice, ...fields });
    expect((await answer({ more: 'x'.repeat(20_000) })).status).toBe(400);
    expect(await answer({ database: 'nope' })).toMatchObject({ status: 400 });
    expect(await answer({ organization: '1002' })).toMatchObject({ status: 400 });
    expect(await answer({ operation: 'clusters' })).toMatchObject({ status: 400 });
  });
});

describe('the page of the two buttons', () => {
  it('is reached by the menu', async () => {
    let page = await admin.get('/');
    for (const label of ['Appliances', 'Maintenance', 'Slony Operations']) {
      const path = new RegExp(`<a href="([^"]+)"[^>]*>${label}</a>`).exec(page.html)?.[1] ?? '';
      page = await admin.get(path);
      expect(page.html).toContain(`<a href="${path}" aria-current="page">${label}</a>`);
      expect(page.html).toContain(`<h1>${label}</h1>`);
    }
    expect(page.path).toBe(SLONY_OPERATIONS);
    expect(page.html).toContain('<option value="1000">1000 Service Provider</option>');
    expect(page.html).toContain('<option value="1001">1001 Tenant One</option>');
    for (const name of ['Fabric', 'Element', 'App Volumes']) expect(page.html).toContain(`>${name}</label>`);
  });

  it('shows how every database of every appliance stands', async () => {
    const { html } = await admin.get(SLONY_OPERATIONS);
    expect(clusterCells(html, '1000-fdb-spa')).toEqual(['1000', 'Fabric', 'spa', '1', 'origin', '4', '1']);
    expect(clusterCells(html, '1000-fdb-spb')).toEqual(['1000', 'Fabric', 'spb', '2', 'subscriber', '4', '1']);
    expect(clusterCells(html, '1001-avdb-tab')).toEqual(['1001', 'App Volumes', 'tab', '2', 'subscriber', '2', '1']);
    await lab.cut('tab');
    const cut = (await admin.get(SLONY_OPERATIONS)).html;
    expect(clusterCells(cut, '1001-avdb-tab')).toEqual([
      '1001',
      'App Volumes',
      'tab',
      '-',
      'cannot be reached',
      '-',
      '-',
    ]);
    await lab.heal('tab');
  });

  it('escapes names that come from the database', async () => {
    const name = `<script>alert("x")</script> & 'Söhne'`;
    await sql(lab.state, 'spa', `update organization set name = '${name.replaceAll("'", "''")}' where id = 1001`);
    const { html } = await admin.get(SLONY_OPERATIONS);
    await sql(lab.state, 'spa', `update organization set name = 'Tenant One' where id = 1001`);
    expect(html).not.toContain('<script');
    expect(html).toContain('1001 &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Söhne&#39;');
  });

  it('asks before it begins', async () => {
    const form = await admin.get(SLONY_OPERATIONS);
    const choice = { organization: '1000', database: 'fdb', operation: 'reinitialize' };
    const question = await admin.submit(form, `${SLONY_OPERATIONS}/confirm`, choice);
    expect(question.html).toContain('Reinitialize Slony for Fabric (fdb) of organization 1000?');
    expect(question.html).toContain(`href="${SLONY_OPERATIONS}">Cancel</a>`);
    expect(operationText((await admin.get(SLONY_OPERATIONS)).html)).toBeUndefined();
  });

  it('says what slonik says when the cluster exists', async () => {
    expect(await press('initialize', '1000', 'fdb')).toMatch(/^failed: .* already exists in database of node 1/);
    expect(await press('initialize', '1000', 'edb')).toMatch(/^failed: .* have no database `edb`/);
  });

  it('cannot work while no service provider appliance runs dtService', async () => {
    await everyService('stop');
    expect(await press('initialize', '1000', 'fdb')).toContain('no service provider appliance runs');
    await everyService('start');
    expect(await press('initialize', '1000', 'fdb')).toContain('already exists');
  });

  it('initializes one database of a tenant pair, as the master service provider knows it', async () => {
    await makePrimary('tab', 'taa');
    for (const host of ['taa', 'tab']) await sql(lab.state, host, 'drop schema _slony cascade', 'edb');
    expect(await press('initialize', '1001', 'edb')).toBe('done: tab is node 1 and origin of 2 tables, taa is node 2');
    await subscribes('taa', 'edb');
    await sql(lab.state, 'tab', `insert into desktop_pool(name) values ('after')`, 'edb');
    const after = `select 1 from desktop_pool where name = 'after'`;
    await until('the row', async () => (await sql(lab.state, 'taa', after, 'edb')).length === 1);
    // The other databases go on as they were.
    await expect(sql(lab.state, 'tab', `insert into app_stack(name) values ('x')`, 'avdb')).rejects.toThrow(
      'subscriber node',
    );
  }, 40_000);

  it('reinitializes what replicates, with the primary of now as the origin', async () => {
    expect(await press('reinitialize', '1001', 'fdb')).toBe(
      'done: tab is node 1 and origin of 4 tables, taa is node 2',
    );
    await subscribes('taa', 'fdb');
    const { html } = await admin.get(SLONY_OPERATIONS);
    expect(clusterCells(html, '1001-fdb-tab').slice(3)).toEqual(['1', 'origin', '4', '1']);
    expect(clusterCells(html, '1001-fdb-taa').slice(3)).toEqual(['2', 'subscriber', '4', '1']);
  }, 40_000);

  it('leaves out an appliance that is cut off', async () => {
    await lab.cut('taa');
    expect(await press('reinitialize', '1001', 'avdb')).toBe(
      'done: tab is node 1 and origin of 2 tables, no subscriber could be reached',
    );
    await lab.heal('taa');
    // It knows nothing of it: two masters now.
    const answer = await rest('GET', 'maintenance/manager/retrievemasterslonynode?orgId=1001&dbType=AVDB');
    expect(answer).toEqual({ status: 409, body: { message: '`taa` and `tab` are both master' } });
    expect(await press('reinitialize', '1001', 'avdb')).toContain('taa is node 2');
  }, 40_000);

  it('shows that an operation runs, lets no second one begin, and fetches itself anew until the end', async () => {
    // Whoever holds a row of the catalogue lets the drop wait.
    const holding = sql(lab.state, 'spa', 'begin; lock table policy; select pg_sleep(2); commit');
    await until('the lock', async () => {
      const locks = `select 1 from pg_locks where relation = 'policy'::regclass and mode = 'AccessExclusiveLock'`;
      return (await sql(lab.state, 'spa', locks)).length > 0;
    });
    const page = await admin.press('reinitialize', '1000', 'fdb');
    expect(operationText(page.html)).toBe('running: Reinitialize Slony, Fabric (fdb) of organization 1000');
    expect(page.html).toContain('<meta http-equiv="refresh" content="1"/>');
    const second = await admin.press('initialize', '1001', 'edb');
    expect([second.status, messageText(second.html)]).toEqual([409, expect.stringContaining('is still running')]);
    // Who comes without its number sees it too.
    expect(operationText((await admin.get(SLONY_OPERATIONS)).html)).toMatch(/^running:/);
    expect(await admin.outcome(page)).toBe('done: spa is node 1 and origin of 4 tables, spb is node 2');
    expect((await admin.get(page.path)).html).not.toContain('http-equiv="refresh"');
    expect(operationText((await admin.get(SLONY_OPERATIONS)).html)).toBeUndefined();
    await holding;
  }, 40_000);
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const { user, password } = SERVICE_CENTER_LOGIN;
const BASIC = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function rest(method: 'GET' | 'POST', call: string, body?: object, headers: object = {}): Promise<Answer> {
  const response = await fetch(new URL(`/dt-rest/v100/${call}`, lab.state.serviceCenterUrl), {
    method,
    headers: { authorization: BASIC, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

describe('the REST calls', () => {
  const initSlony = 'maintenance/manager/initSlony';
  const master = 'maintenance/manager/retrievemasterslonynode';

  it('need a login: by password, or by a token', async () => {
    const query = `${master}?orgId=1000&dbType=FDB`;
    for (const authorization of ['', 'Basic YWRtaW46d3Jvbmc=', 'Bearer nothing']) {
      expect((await rest('GET', query, undefined, { authorization })).status).toBe(401);
    }
    const login = 'system/session/login';
    expect((await rest('POST', login, { username: user, password: 'wrong' })).status).toBe(401);
    const { body } = await rest('POST', login, { username: user, password, domain: 'any' }, { authorization: '' });
    // The shape is asserted by its use.
    const { token } = body as { readonly token: string };
    const known = await rest('GET', query, undefined, { authorization: `Bearer ${token}` });
    expect(known).toEqual({ status: 200, body: { comment: 'spa', id: 1, active: true } });
  });

  it('say what is wrong with them', async () => {
    const good = { slonyInitOpType: 0, orgId: 1000, dbType: 'FDB' };
    const told = async (body: object) => rest('POST', initSlony, body);
    expect(await told({ ...good, slonyInitOpType: 2 })).toMatchObject({ status: 400 });
    expect(await told({ ...good, orgId: '1000' })).toMatchObject({ status: 400 });
    expect(await told({ ...good, dbType: 'fdb' })).toMatchObject({ status: 400 });
    expect(await told([good])).toMatchObject({ status: 400, body: { message: 'the body must be a JSON object' } });
    expect(await rest('POST', initSlony, good, { 'content-type': 'text/plain' })).toMatchObject({ status: 400 });
    expect(await rest('GET', initSlony)).toMatchObject({ status: 405 });
    expect(await rest('GET', 'maintenance/manager/none')).toMatchObject({ status: 404 });
    const foreign = await fetch(new URL(`/dt-rest/v100/${initSlony}`, lab.state.serviceCenterUrl), {
      method: 'POST',
      headers: { authorization: BASIC, 'content-type': 'application/json', origin: 'http://example.org' },
      body: JSON.stringify(good),
    });
    expect(foreign.status).toBe(403);
  });

  it('answer 409 with the words of slonik', async () => {
    const answer = await rest('POST', initSlony, { slonyInitOpType: 0, orgId: 1000, dbType: 'FDB' });
    expect(answer).toEqual({
      status: 409,
      body: { message: expect.stringContaining('namespace "_slony" already exists in database of node 1') },
    });
  });

  it('take the wanted master before the one that the bits name', async () => {
    const body = { slonyInitOpType: 1, orgId: 1001, dataCenterId: 'dc1', dbType: 'EDB', elementId: null };
    const wanted = (desiredMasterIpForReinit: string) => rest('POST', initSlony, { ...body, desiredMasterIpForReinit });
    expect(await wanted('10.231.77.21')).toEqual({
      status: 200,
      body: { message: 'taa is node 1 and origin of 2 tables, tab is node 2' },
    });
    expect(await rest('GET', `${master}?orgId=1001&dbType=EDB`)).toEqual({
      status: 200,
      body: { comment: 'taa', id: 1, active: true },
    });
    expect(await wanted('10.231.77.11')).toMatchObject({ status: 409 });
    expect(await wanted('10.0.0.1')).toMatchObject({ status: 409 });
  }, 40_000);

  it('find no master where there is no cluster', async () => {
    for (const host of ['taa', 'tab']) await sql(lab.state, host, 'drop schema _slony cascade', 'avdb');
    expect((await rest('GET', `${master}?orgId=1001&dbType=AVDB`)).status).toBe(404);
  });
});

async function read(host: string, path: string): Promise<string> {
  const client = await connect(lab.state, host);
  const { stdout } = await asRoot(client, `cat '${place(lab.state, host).root}${path}'`);
  client.end();
  return stdout;
}

describe('what the procedures of a tenant need', () => {
  it('are its properties files, where the vendor has them', async () => {
    const active = '/usr/local/desktone/release/active';
    for (const [file, database] of [
      ['conf/fdb', 'fdb'],
      ['edb', 'edb'],
      ['avdb', 'avdb'],
    ]) {
      expect(await read('tab', `${active}/${file}.properties`)).toContain(
        `${database}.db.hosts=10.231.77.21,10.231.77.22\n`,
      );
    }
    expect(await read('tab', `${active}/conf/edb.properties`)).toBe('');
    const application = '/usr/local/xmpms/diagnose/config/application.properties';
    expect(await read('tab', application)).toBe(
      'db.jdbc.url=jdbc:postgresql://10.231.77.21:5432/avdb?ssl=true\n' +
        'db.fdb.jdbc.url=jdbc:postgresql://10.231.77.21:5432/fdb?ssl=true\n',
    );
    expect(await read('spb', application)).toBe('');
  });

  it('is an av-setup that looks at the database before it says yes', async () => {
    const client = await connect(lab.state, 'tab');
    const script = `${place(lab.state, 'tab').root}/usr/local/desktone/scripts/av-setup`;
    const run = (environment: string) => asRoot(client, `${environment} '${script}'`);
    expect(await run(`DB_HOST=10.231.77.22 DB_PASSWORD=${DATABASE_LOGIN.password}`)).toMatchObject({
      code: 0,
      stdout: 'av-setup: App Volumes manager now uses 10.231.77.22\n',
    });
    expect(await run('DB_HOST=10.231.77.22 DB_PASSWORD=wrong')).toMatchObject({ code: 1 });
    expect(await run('DB_HOST=10.231.77.99 DB_PASSWORD=desktone-db')).toMatchObject({ code: 1 });
    expect(await run('')).toMatchObject({ code: 1, stderr: 'av-setup: DB_HOST and DB_PASSWORD must be set\n' });
    client.end();
  });
});
