// The main job on the embedded lab, from nothing to nothing: look, dry run, run, run again; the same for a tenant; look,
// tear down. The one step that a person does, in the Service Center's page, is done here by its REST call in its place.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const playbook = join(root, 'bin/playbook');
// A lab of its own: one that an operator has started stays as it is.
const lab = '.demo-lab';
const runs = join(root, lab, 'runs');
const inventories = ['-i', 'dc1.yml', '-i', `${lab}/hosts.yml`];

/** Runs the command line as a person would, and gives its exit code. */
function run(...words) {
  console.log(`\n$ playbook ${words.join(' ')}\n`);
  const child = spawn(process.execPath, [playbook, ...words], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLAYBOOK_STATE_DIR: runs },
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 1)));
}

/** Runs a step of the demo that must end with this exit code. */
async function expecting(code, ...words) {
  const ended = await run(...words);
  if (ended !== code) throw new Error(`\`playbook ${words.join(' ')}\` ended with ${ended}, expected ${code}`);
}

/** Waits until a run asks for the Service Center's page, logs in there, and has Slony initialized. */
async function pressInitializeSlony(organization, signal) {
  const question = `Initialize Slony for organisation ${organization}, Fabric`;
  while (!signal.aborted) {
    if (journals().some((text) => text.includes('"type":"task.asked"') && text.includes(question))) break;
    await delay(100);
  }
  if (signal.aborted) return;
  const { token } = await askServiceCenter('system/session/login', { username: 'admin', password: 'Desktone1' });
  const fabric = { slonyInitOpType: 0, orgId: organization, dbType: 'FDB' };
  await askServiceCenter('maintenance/manager/initSlony', fabric, { authorization: `Bearer ${token}` });
}

async function askServiceCenter(call, body, headers = {}) {
  const { serviceCenterUrl } = JSON.parse(readFileSync(join(root, lab, 'state.json'), 'utf8'));
  const answer = await fetch(new URL(`/dt-rest/v100/${call}`, serviceCenterUrl), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the Service Center answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function journals() {
  if (!existsSync(runs)) return [];
  return readdirSync(runs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** Runs a promotion with somebody at the page. */
async function promote(organization, ...words) {
  const done = new AbortController();
  const pressing = pressInitializeSlony(organization, done.signal);
  try {
    await expecting(0, ...words);
  } finally {
    done.abort();
    await pressing;
  }
}

const status = ['run', 'status.yml', ...inventories];
const serviceProvider = ['run', 'promote-sp.yml', ...inventories];
const tenant = ['run', 'promote-tenant.yml', ...inventories, '-e', 'org=1001'];
// What an operator types at the two questions: the name of the appliance that is demoted, and that the page is done.
const answers = (demoted) => ['--confirm', demoted, '--confirm', 'initialized'];

try {
  await expecting(0, 'lab', 'up', '-d', lab, '--hosts', 'spa,spb,taa,tab');
  await expecting(0, ...status);
  await expecting(2, ...serviceProvider, '--check', '--diff', '--detailed-exitcode');
  await promote(1000, ...serviceProvider, ...answers('spa'));
  await expecting(0, ...serviceProvider);
  await promote(1001, ...tenant, ...answers('taa'));
  await expecting(0, ...tenant);
  await expecting(0, ...status);
} catch (error) {
  console.error(`the demo stopped: ${error.message}`);
  process.exitCode = 1;
} finally {
  await run('lab', 'down', '-d', lab);
}
