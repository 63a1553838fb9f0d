// A small web console as vendors make them: a login, a menu, a form with a list and radio buttons, a question before it is
// done, and a page that reloads itself until it is. It counts what it did.
import type { ServerResponse } from 'node:http';
import { startWeb } from './web-server.js';
import type { Asked, Certificate, WebServer } from './web-server.js';

/** A console that runs. */
export interface Console extends WebServer {
  /** Every operation that was started, as `organization database`. */
  readonly operations: readonly string[];
}

const cookie = 'session=0123456789abcdef';

/** Starts a console; the password is `Desktone1`. */
export async function startConsole(certificate?: Certificate): Promise<Console> {
  const operations: string[] = [];
  let startedMs = Infinity;
  const web = await startWeb((asked, response) => {
    const form = new URLSearchParams(asked.body);
    if (asked.path === '/login') return logIn(form, response);
    if (asked.headers.cookie !== cookie) return send(response, 'Log in', login());
    switch (asked.path) {
      case '/start':
        operations.push(`${form.get('organization')} ${form.get('database')}`);
        startedMs = Date.now();
        return go(response, '/slony');
      case '/slow-start':
        operations.push('slow');
        return void setTimeout(() => send(response, 'Slow', '<p role="status">done: slowly</p>'), 1500);
      case '/lost':
        operations.push('lost');
        return void response.destroy();
      default:
        return send(response, ...page(asked, form, startedMs));
    }
  }, certificate);
  return { ...web, operations };
}

function logIn(form: URLSearchParams, response: ServerResponse): void {
  if (form.get('password') === 'Desktone1') return go(response, '/', { 'Set-Cookie': `${cookie}; HttpOnly` });
  const words = `the password ${form.get('password')} is wrong`;
  return send(response, 'Log in', login(`<p role="alert">${words}</p>`));
}

function login(notice = ''): string {
  return `${notice}<form method="post" action="/login">
    <label>User name <input name="user"></label><label>Password <input name="password" type="password"></label>
    <button>Log in</button></form>`;
}

function page({ path }: Asked, form: URLSearchParams, startedMs: number): readonly [string, string] {
  const isDone = Date.now() - startedMs > 1200;
  const reload = startedMs === Infinity || isDone ? '' : '<meta http-equiv="refresh" content="1">';
  const state = startedMs === Infinity ? '' : `<p role="status">${isDone ? 'done: spb is node 1' : 'running'}</p>`;
  switch (path) {
    case '/maintenance':
      return ['Maintenance', '<a href="/slony">Slony Operations</a>'];
    case '/slony':
      return ['Slony Operations', reload + state + operationsForm];
    case '/confirm':
      return ['Confirm', confirmForm(form)];
    default:
      return [
        'Service Center',
        '<a href="/maintenance">Maintenance</a> <a href="/maintenance">Twice</a> <a href="/">Twice</a>',
      ];
  }
}

const operationsForm = `<form method="post" action="/confirm">
  <label>Organization ID <select name="organization"><option value="1000">1000 Provider</option>
    <option value="1001">1001 Tenant One</option></select></label>
  <fieldset><legend>DB Instance Name</legend>
    <label><input type="radio" name="database" value="fdb"> Fabric</label>
    <label><input type="radio" name="database" value="edb"> Element</label></fieldset>
  <button>Initialize Slony</button></form>
  <form method="post" action="/start" onsubmit="return confirm('Really?')"><button>Ask first</button></form>
  <form method="post" action="/slow-start"><button>Take your time</button></form>
  <form method="post" action="/lost"><button>Get lost</button></form>
  <button disabled>Not now</button><button style="display: none">Unseen</button>`;

function confirmForm(form: URLSearchParams): string {
  const fields = ['organization', 'database'].map(
    (each) => `<input type="hidden" name="${each}" value="${form.get(each)}">`,
  );
  return `<form method="post" action="/start">${fields.join('')}<button>Confirm</button></form>`;
}

function go(response: ServerResponse, location: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(303, { Location: location, ...headers }).end();
}

function send(response: ServerResponse, title: string, content: string): void {
  response
    .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>${title}</title><h1>${title}</h1>${content}`);
}
