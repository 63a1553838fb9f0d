// The project's first job: the secondary service provider is made the primary while the old one is dead, by the runbook
// and by shell scripts that do the same.
import type { BenchLab } from './bench-lab.js';
import type { Place, Run } from './place.js';
import { promotionGroup } from './promotion-text.js';
import type { Work } from './work.js';

function labOf({ lab }: Place): BenchLab {
  if (lab === undefined) throw new Error('the lab is not up');
  return lab;
}

/** A command that speaks to the Service Center, whose port is another one in each session. */
function withServiceCenter(place: Place, argvFor: (url: string) => Run['argv'], more: Omit<Run, 'argv'> = {}): Run {
  return { ...more, argv: argvFor(labOf(place).serviceCenterUrl), shown: argvFor('$SERVICE_CENTER').join(' ') };
}

function runbook(place: Place): Run {
  const { checkout, directory } = place;
  const variables = (url: string): readonly string[] =>
    ['primary_state=dead', 'service_center_way=http', `service_center_api=${url}/dt-rest/v100`].flatMap((each) => [
      '-e',
      each,
    ]);
  const program = `${checkout}bin/playbook`;
  const words = ['run', `${checkout}playbooks/promote-sp.yml`, '-i', `${checkout}inventories/dc1.yml`, '-u', 'root'];
  const argvFor = (url: string): Run['argv'] => [
    process.execPath,
    program,
    ...words,
    ...variables(url),
    '--confirm',
    'spa',
  ];
  return withServiceCenter(place, argvFor, { environment: { PLAYBOOK_STATE_DIR: `${directory}/state` } });
}

function shell(place: Place, ...more: readonly string[]): Run {
  const { checkout, directory } = place;
  const file = `${checkout}scripts/bench/promote-sp.sh`;
  return withServiceCenter(place, (url) => ['bash', file, `${directory}/cm`, url, ...more]);
}

/** What is to be true of B, as one SELECT a line that says it. */
const facts = {
  'vendor’s own check': `select a.set_id, a.set_comment, (select last_value from _slony.sl_local_node_id),
    a.set_origin = (select last_value from _slony.sl_local_node_id) from _slony.sl_set a`,
  'tables in the set': 'select count(*) from _slony.sl_table where tab_set = 1',
  capabilities: `select string_agg(name || '=' || capabilities, ' ' order by name) from appliance where name like 'sp%'`,
  'a row written': `insert into policy (org_id, name) values (1000, 'bench') returning name`,
} as const;

/** The same of its processes and files. */
const looks = {
  'databases in fdb.properties': "sed -n 's/^fdb.db.hosts=//p' /usr/local/desktone/release/active/conf/fdb.properties",
  dtService: 'service dtService status',
  slon: 'pgrep -x slon >/dev/null && echo runs',
} as const;

const wanted: Readonly<Record<string, string>> = {
  'vendor’s own check': '1|All tables and Sequences|1|t',
  'tables in the set': '4',
  capabilities: `spa=${65_536 + 3} spb=${192 + 3}`,
  'a row written': 'bench',
  'databases in fdb.properties': '10.231.77.12',
  dtService: 'dtService is running',
  slon: 'runs',
};

/** The command that tells all of it, a line each. */
function asking(): string {
  const sql = Object.values(facts).map((text) => `"$PGBIN/psql" -XqAt -U admin fdb <<'SQL'\n${text}\nSQL`);
  return [...sql, ...Object.values(looks)].join('\n');
}

/** What is not as it must be of what B has told; undefined when all is. */
export function whatIsWrong(told: string): string | undefined {
  const lines = told.split('\n');
  const names = [...Object.keys(facts), ...Object.keys(looks)];
  const wrong = names.flatMap((name, index) =>
    lines[index] === wanted[name] ? [] : [`${name}: ${lines[index] ?? 'nothing'}, and not ${wanted[name]}`],
  );
  return wrong.length === 0 ? undefined : `on spb, ${wrong.join('; ')}`;
}

/** The works. */
export const promotionWorks: readonly Work[] = [
  {
    id: 'promote-sp',
    title: 'promote-sp.yml, the primary is dead',
    group: promotionGroup,
    hosts: 0,
    lab: true,
    roundTripMs: 0,
    floor: 'script',
    recipes: {
      script: (place) => shell(place),
      playbook: runbook,
      carefulScript: (place) => shell(place, 'careful'),
    },
    before: (place) => labOf(place).renew(),
    wrong: (place) => whatIsWrong(labOf(place).ask('spb', asking())),
  },
];
