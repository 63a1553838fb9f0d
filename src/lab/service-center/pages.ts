// The pages of the Service Center: values in, HTML out.
import { DATABASE_NAMES, DATABASES } from '../appliances.js';
import type { ClusterNode } from '../cluster-node.js';
import type { Organization, SlonyRequest } from '../slony-backend.js';
import { html, type Html } from './html.js';
import { csrfField, frame, MENU, notice, SLONY_OPERATIONS } from './layout.js';
import { OPERATION_LABELS, reportText, type Operation, type OperationName } from './operations.js';
import type { Session } from './sessions.js';

/** The login page; `next` is where the login leads. */
export function loginPage(session: Session, next: string, message = ''): Html {
  const content = html`${message === '' ? '' : notice('alert', message)}
    <form method="post" action="/login">
      ${csrfField(session)}
      <input type="hidden" name="next" value="${next}" />
      <label for="username">User name</label>
      <input id="username" name="username" autocomplete="username" required autofocus />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required />
      <button type="submit" id="log-in">Log in</button>
    </form>`;
  return frame({ title: 'Log in', content });
}

/** A page with nothing but a sentence of trouble. */
export function troublePage(message: string, session?: Session): Html {
  const content = notice('alert', message);
  return frame({ title: 'Service Center', content, ...(session === undefined ? {} : { session }) });
}

/** A page of the menu that only leads on to the next one. */
export function stationPage(session: Session, position: 0 | 1): Html {
  const [here, next] = [MENU[position], MENU[position + 1]];
  // No second link of the same name: whoever looks for one by its words must find one.
  const content = html`<p>Go on in the menu: [${next?.label ?? ''}].</p>`;
  return frame({ title: here.label, content, session, path: here.path });
}

/** What the page of the two buttons shows. */
export interface SlonyOperationsView {
  readonly session: Session;
  readonly organizations: readonly Organization[];
  readonly clusters: readonly ClusterNode[];
  readonly operation?: Operation;
  /** Why nothing was started. */
  readonly trouble?: string;
}

/** The page [Appliances] > [Maintenance] > [Slony Operations]. */
export function slonyOperationsPage(view: SlonyOperationsView): Html {
  const { session, organizations, clusters, operation, trouble } = view;
  const content = html`${trouble === undefined ? '' : notice('alert', trouble)}
  ${operation === undefined ? '' : operationNotice(operation)} ${form(session, organizations)} ${clusterTable(clusters)}`;
  const refreshes = operation?.state.kind === 'running';
  return frame({ title: MENU[2].label, content, session, path: SLONY_OPERATIONS, refreshes });
}

function form(session: Session, organizations: readonly Organization[]): Html {
  const options = organizations.map(({ id, name }) => html`<option value="${id}">${id} ${name}</option>`);
  const radios = DATABASES.map((database) => {
    const checked = database === 'fdb' ? html`checked` : html``;
    return html`<input type="radio" id="database-${database}" name="database" value="${database}" ${checked} />
      <label for="database-${database}">${DATABASE_NAMES[database]}</label>`;
  });
  return html`<form method="post" action="${SLONY_OPERATIONS}/confirm" id="slony-operations">
    ${csrfField(session)}
    <label for="organization">Organization ID</label>
    <select id="organization" name="organization">
      ${options}
    </select>
    <fieldset>
      <legend>DB Instance Name</legend>
      ${radios}
    </fieldset>
    ${button('initialize')} ${button('reinitialize')}
  </form>`;
}

function button(name: OperationName): Html {
  return html`<button type="submit" id="${name}" name="operation" value="${name}">${OPERATION_LABELS[name]}</button>`;
}

function requestText({ organization, database }: SlonyRequest): string {
  return `${DATABASE_NAMES[database]} (${database}) of organization ${organization}`;
}

/** How an operation stands, in a sentence. */
export function operationText({ name, request, state }: Operation): string {
  if (state.kind === 'done') return `done: ${reportText(state.report)}`;
  if (state.kind === 'failed') return `failed: ${state.message}`;
  return `running: ${OPERATION_LABELS[name]}, ${requestText(request)}`;
}

function operationNotice(operation: Operation): Html {
  const { id, state } = operation;
  const role = state.kind === 'failed' ? 'alert' : 'status';
  return html`<p role="${role}" id="operation" data-operation="${id}" data-state="${state.kind}">
    ${operationText(operation)}
  </p>`;
}

const ROLES: Readonly<Record<ClusterNode['role'], string>> = {
  origin: 'origin',
  subscriber: 'subscriber',
  'no set': 'node without a set',
  none: 'no cluster',
  unknown: 'cannot be reached',
};

function clusterRow({ organization, database, host, role, node, tables, activeSubscribers }: ClusterNode): Html {
  const inCluster = node !== undefined;
  return html`<tr id="cluster-${organization}-${database}-${host}" data-role="${role}">
    <td>${organization}</td>
    <td>${DATABASE_NAMES[database]}</td>
    <th scope="row">${host}</th>
    <td>${node?.id ?? '-'}</td>
    <td>${ROLES[role]}</td>
    <td>${inCluster ? tables : '-'}</td>
    <td>${inCluster ? activeSubscribers : '-'}</td>
  </tr> `;
}

function clusterTable(clusters: readonly ClusterNode[]): Html {
  const heads = ['Organization', 'Database', 'Appliance', 'Node', 'Role', 'Tables', 'Active subscribers'];
  return html`<h2 id="clusters-heading">Clusters</h2>
    <table id="clusters" aria-labelledby="clusters-heading">
      <thead>
        <tr>
          ${heads.map((each) => html`<th scope="col">${each}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${clusters.map(clusterRow)}
      </tbody>
    </table>`;
}

/** Asks whether an operation is really meant. */
export function confirmPage(session: Session, name: OperationName, request: SlonyRequest): Html {
  const what =
    name === 'initialize'
      ? 'A new cluster is made. It fails when there is one.'
      : 'The cluster is dropped from every appliance that can be reached, and a new one is made.';
  const content = html`<p id="question">${OPERATION_LABELS[name]} for ${requestText(request)}?</p>
    <p>${what} The primary appliance becomes node 1; what only the other one has is lost.</p>
    <form method="post" action="${SLONY_OPERATIONS}">
      ${csrfField(session)}
      <input type="hidden" name="organization" value="${request.organization}" />
      <input type="hidden" name="database" value="${request.database}" />
      <input type="hidden" name="operation" value="${name}" />
      <button type="submit" id="confirm">Confirm</button>
      <a id="cancel" href="${SLONY_OPERATIONS}">Cancel</a>
    </form>`;
  return frame({ title: OPERATION_LABELS[name], content, session, path: SLONY_OPERATIONS });
}
