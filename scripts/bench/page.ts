// docs/benchmarks.md, from what was measured and nothing else.
import { goals, isMet, toldCheck, type Goal } from './goals.js';
import { peerNames, type PeerId } from './peers.js';
import { aboutPromotion, promotionGroup } from './promotion-text.js';
import type { Figures, Results, Row } from './results.js';
import { ratio, rounded, told } from './statistics.js';

const ids = Object.keys(peerNames) as readonly PeerId[];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}

function goalRow(goal: Goal, results: Results): readonly string[] {
  const checks = goal.checks(results);
  const verdicts = checks.map(isMet);
  const all = verdicts.includes(false) ? '**no**' : verdicts.includes(undefined) ? 'not all measured' : 'yes';
  return [goal.title, all, checks.map(toldCheck).join('<br>'), goal.reason ?? ''];
}

/** What the figures of a group cannot say themselves. */
const about: Readonly<Record<string, string>> = {
  [promotionGroup]: aboutPromotion,
};

/** The peers that have figures in some of these rows, in the order in which they are named. */
function peersIn(rows: readonly Row[]): readonly PeerId[] {
  return ids.filter((id) => rows.some(({ figures }) => figures[id] !== undefined));
}

function times(value: number): string {
  return Number.isFinite(value) ? `${rounded(value)} x` : '-';
}

function cell(row: Row, id: PeerId): string {
  const figures = row.figures[id];
  if (figures === undefined) return '';
  if (figures.seconds.length === 0) return 'failed';
  const floor = id === row.floor ? '' : `<br>${times(ratio(figures.seconds, row.figures[row.floor]?.seconds))}`;
  return `${told(figures.seconds)}${floor}`;
}

/** Seconds of each peer, and below them how many times the floor that is. */
function secondsTable(rows: readonly Row[]): string {
  const peers = peersIn(rows);
  return table(
    ['', ...peers.map((id) => peerNames[id])],
    rows.map((row) => [row.title, ...peers.map((id) => cell(row, id))]),
  );
}

/** How many times longer than playbook the others take. */
function aheadTable(rows: readonly Row[]): string {
  const peers = peersIn(rows).filter((id) => id !== 'playbook');
  const ahead = (row: Row, id: PeerId): string => {
    const figures = row.figures[id];
    return figures === undefined ? '' : times(ratio(figures.seconds, row.figures['playbook']?.seconds));
  };
  return table(
    ['', ...peers.map((id) => peerNames[id])],
    rows.map((row) => [row.title, ...peers.map((id) => ahead(row, id))]),
  );
}

function costs({ cpuSeconds, largestMb, togetherMb }: Figures): string {
  const together = togetherMb > largestMb ? ` / ${togetherMb}` : '';
  return cpuSeconds.length === 0 ? '-' : `${told(cpuSeconds).replace(/ .*/, '')} s, ${largestMb}${together} MB`;
}

function costsTable(rows: readonly Row[]): string {
  const peers = peersIn(rows);
  const cost = (figures: Figures | undefined): string => (figures === undefined ? '' : costs(figures));
  return table(
    ['', ...peers.map((id) => peerNames[id])],
    rows.map((row) => [row.title, ...peers.map((id) => cost(row.figures[id]))]),
  );
}

function groupText(group: string, rows: readonly Row[]): string {
  const notes = rows.flatMap((row) =>
    peersIn([row]).flatMap((id) => {
      const note = row.figures[id]?.note;
      return note === undefined
        ? []
        : [`- ${row.title}: ${peerNames[id]}: ${note} (${row.figures[id]?.seconds.length})`];
    }),
  );
  const wires = rows.flatMap(({ title, roundTripMs }) =>
    roundTripMs === undefined ? [] : [`- ${title}: the round trip through the proxy was ${rounded(roundTripMs)} ms`],
  );
  return [
    `## ${group}`,
    about[group] ?? '',
    'Seconds, and how many times the first column that is:',
    secondsTable(rows),
    'How many times as long as `playbook` the others take:',
    aheadTable(rows),
    'Processor time of the control node, and its memory: the largest process / all together where there are several:',
    costsTable(rows),
    [...wires, ...notes].join('\n'),
  ]
    .filter((each) => each !== '')
    .join('\n\n');
}

function commandLines(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => [
    `# ${row.title}; ${row.at.slice(0, 16)}Z, load ${row.load}`,
    ...peersIn([row]).map((id) => `${row.figures[id]?.command}`),
    '',
  ]);
  return ['```', ...lines.slice(0, -1), '```'].join('\n');
}

function versions({ rows, missing }: Results): string {
  const known = new Map(rows.flatMap((row) => Object.entries(row.versions)));
  const lines = ids.flatMap((id) => (known.has(id) ? [`- ${peerNames[id]}: ${known.get(id)}`] : []));
  const absent = Object.entries(missing).map(([name, why]) => `- ${name}: missing, ${why}`);
  return [...lines, ...absent].join('\n');
}

const preface = `Made by \`npm run bench\` (root, Linux); \`npm run bench -- --write\` makes this page and the picture anew from
[benchmarks.json](benchmarks.json). Control node and hosts are one machine: each host is a network namespace with an OpenSSH server
of its own, sshd's limits as they come. A large part of every figure is the hosts' own work (key exchange, PAM, fork, exec), so
**compare ratios, not seconds**. In each round every peer runs once, in turn, in an order that moves by one; a figure is the median of the rounds (least..most).
After each run the hosts are looked at: what has not done its work is not measured.

\`playbook\` runs as it always does: journal on the disk, claims and holds on the hosts, preflight, host keys, checks, redaction. Ansible's best
settings are pipelining, ControlPersist, as many forks as hosts, no facts, the interpreter said. All use the same key and known_hosts. A task keeps a file: a guard, and a write when the guard says so.
The floor is all tasks as one script, one ssh a host, all hosts at once, with the fastest settings of OpenSSH's client: nothing that looks at single tasks can be below it by much.
A long wire is a TCP proxy before each host that keeps every byte for half of the round trip, both ways.`;

/** The page. */
export function pageOf(results: Results): string {
  const { machine, rows } = results;
  const groups = [...new Set(rows.map(({ group }) => group))];
  const days = rows.map(({ at }) => at.slice(0, 10)).toSorted();
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return `${[
    '# Benchmarks',
    '![how many times the one-script floor each peer takes](benchmarks.svg)',
    preface,
    `Measured ${when ?? 'never'} on ${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`,
    versions(results),
    '## Goals',
    table(
      ['goal', 'met', 'measured', 'reason'],
      goals.map((goal) => goalRow(goal, results)),
    ).replace('|---|---:|---:|---:|', '|---|---|---|---|'),
    ...groups.map((group) =>
      groupText(
        group,
        rows.filter((row) => row.group === group),
      ),
    ),
    '## Command lines',
    '`$D` is a temporary folder; times are of the start of the row.',
    commandLines(rows),
  ].join('\n\n')}\n`;
}
