// What all pages of the Service Center share: the frame with the menu, the names of the pages, the style sheet.
import { html, type Html } from './html.js';
import type { Session } from './sessions.js';

/** The pages behind the login, in the menu's order, each below the one before. */
export const MENU = [
  { path: '/appliances', label: 'Appliances' },
  { path: '/appliances/maintenance', label: 'Maintenance' },
  { path: '/appliances/maintenance/slony-operations', label: 'Slony Operations' },
] as const;

/** The page of the two buttons. */
export const SLONY_OPERATIONS = MENU[2].path;

/** The style sheet, at /service-center.css. */
export const STYLE = `
body { font-family: sans-serif; margin: 0; color: #1b2a32 }
header { background: #314351; color: #fff; padding: 0.5rem 2rem; display: flex; gap: 2rem; align-items: center }
header form { margin-left: auto }
nav { background: #eef2f5; padding: 0.5rem 2rem }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; gap: 1.5rem }
nav [aria-current] { font-weight: bold }
main { padding: 1rem 2rem; max-width: 60rem }
main label { display: block; margin-top: 0.75rem }
fieldset, main button { margin: 0.75rem 0 }
main fieldset label { display: inline-block; margin: 0 1rem 0 0 }
table { border-collapse: collapse; margin-top: 0.5rem }
th, td { border: 1px solid #9fb1bd; padding: 0.3rem 0.6rem; text-align: left }
[role='status'] { background: #e3f1e6; padding: 0.75rem }
[role='alert'] { background: #fbe3e0; padding: 0.75rem }
`;

/** What stands in a frame. */
export interface Frame {
  readonly title: string;
  readonly content: Html;
  /** Of whom is logged in; without, there is no menu. */
  readonly session?: Session;
  readonly path?: string;
  /** Fetches the page again every second. */
  readonly refreshes?: boolean;
}

/** The hidden field that proves that a form came from our own page. */
export function csrfField(session: Session): Html {
  return html`<input type="hidden" name="csrf" value="${session.csrf}" />`;
}

function logout(session: Session): Html {
  return html`<form method="post" action="/logout">
    ${csrfField(session)}
    <span id="user">${session.user ?? ''}</span>
    <button type="submit" id="log-out">Log out</button>
  </form>`;
}

function menu(current: string): Html {
  const items = MENU.map(({ path, label }) => {
    const mark = path === current ? html`aria-current="page"` : html``;
    return html`<li><a href="${path}" ${mark}>${label}</a></li>`;
  });
  return html`<nav aria-label="Main menu">
    <ul>
      ${items}
    </ul>
  </nav>`;
}

/** A whole page. */
export function frame({ title, content, session, path, refreshes }: Frame): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        ${refreshes === true ? html`<meta http-equiv="refresh" content="1" />` : ''}
        <title>${title} - Service Center</title>
        <link rel="stylesheet" href="/service-center.css" />
      </head>
      <body>
        <header><strong>Service Center</strong>${session === undefined ? '' : logout(session)}</header>
        ${session === undefined ? '' : menu(path ?? '')}
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `;
}

/** A sentence that a screen reader says at once: of success or of trouble. */
export function notice(kind: 'status' | 'alert', message: string): Html {
  return html`<p role="${kind}" id="message">${message}</p>`;
}
