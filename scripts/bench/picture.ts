// docs/benchmarks.svg: how many times the floor each peer takes, a group of bars a work, on a logarithmic scale.
import type { PeerId } from './peers.js';
import type { Results, Row } from './results.js';
import { ratio, rounded } from './statistics.js';

const shown: readonly (readonly [PeerId, string])[] = [
  ['playbook', 'playbook'],
  ['controlMaster', 'ssh ControlMaster'],
  ['pssh', 'pssh'],
  ['mitogen', 'Mitogen'],
  ['ansible', 'Ansible, best settings'],
];

const rowIds = [
  '1x20-converged',
  '1x200-converged',
  '10x20-converged',
  '50x20-converged',
  '200x5-converged',
  '1x200-10ms-converged',
];

const [width, left, right, top] = [960, 220, 70, 76];
const [barHeight, barGap, groupGap] = [15, 3, 18];

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

interface Bar {
  readonly peer: PeerId;
  readonly name: string;
  readonly value: number;
}

function barsOf(row: Row): readonly Bar[] {
  const floor = row.figures[row.floor]?.seconds;
  return shown
    .map(([peer, name]) => ({ peer, name, value: ratio(row.figures[peer]?.seconds, floor) }))
    .filter(({ value }) => Number.isFinite(value));
}

/** Where a ratio is on the scale, from 0 to 1; the scale begins at half the floor. */
function place(value: number, most: number): number {
  const [low, high] = [Math.log10(0.5), Math.log10(most)];
  return Math.min(1, Math.max(0, (Math.log10(value) - low) / (high - low)));
}

const style = `
    .text { fill: #1f2328 } .soft { fill: #59636e } .line { stroke: #d1d9e0 } .one { stroke: #59636e; stroke-dasharray: 4 3 }
    .bar { fill: #afb8c1 } .playbook { fill: #1a7f37 } .strong { font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      .text { fill: #f0f6fc } .soft { fill: #9198a1 } .line { stroke: #3d444d } .one { stroke: #9198a1 }
      .bar { fill: #656c76 } .playbook { fill: #2ea043 }
    }`;

/** The picture. */
export function pictureOf(results: Results): string {
  const rows = rowIds
    .flatMap((id) => results.rows.filter((row) => row.id === id))
    .filter((row) => barsOf(row).length > 0);
  const values = rows.flatMap((row) => barsOf(row).map(({ value }) => value));
  const most = 10 ** Math.ceil(Math.log10(Math.max(10, ...values)));
  const wide = width - left - right;
  const x = (value: number): number => Math.round(left + wide * place(value, most));
  const parts: string[] = [];
  let y = top;
  for (const row of rows) {
    parts.push(
      `<text class="text strong" x="0" y="${y + 12}">${escaped(row.title.replace(/, all as wanted$/, ''))}</text>`,
    );
    y += barHeight + 6;
    for (const { peer, name, value } of barsOf(row)) {
      const mark = peer === 'playbook' ? 'bar playbook' : 'bar';
      const strong = peer === 'playbook' ? ' strong' : '';
      parts.push(
        `<text class="text${strong}" x="${left - 10}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>`,
        `<rect class="${mark}" x="${left}" y="${y}" width="${Math.max(1, x(value) - left)}" height="${barHeight}" rx="2"/>`,
        `<text class="text${strong}" x="${Math.max(left + 1, x(value)) + 6}" y="${y + 12}">${rounded(value)} x</text>`,
      );
      y += barHeight + barGap;
    }
    y += groupGap;
  }
  const ticks: number[] = [];
  for (let tick = 1; tick <= most; tick *= 10) ticks.push(tick);
  const grid = ticks.map(
    (tick) =>
      `<line class="${tick === 1 ? 'one' : 'line'}" x1="${x(tick)}" x2="${x(tick)}" y1="${top - 12}" y2="${y - groupGap}"/>` +
      `<text class="soft" x="${x(tick)}" y="${top - 18}" text-anchor="middle">${tick} x</text>`,
  );
  const height = y + 6;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 ${width + 20} ${height}" font-family="ui-sans-serif, system-ui, Helvetica, Arial, sans-serif" font-size="13" role="img" aria-labelledby="t">`,
    `  <title id="t">How many times as long as one script over one ssh a host each peer takes, everything being as wanted already; shorter is better</title>`,
    `  <style>${style}\n  </style>`,
    `  <text class="text strong" x="0" y="20" font-size="17">Guarded tasks, everything already as wanted</text>`,
    `  <text class="soft" x="0" y="40">times the floor (all tasks as one script, one ssh a host); logarithmic, shorter is better</text>`,
    ...[...grid, ...parts].map((part) => `  ${part}`),
    '</svg>',
    '',
  ].join('\n');
}
