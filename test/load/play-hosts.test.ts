// Which hosts a play is about may depend on a param, and is known before any host is asked anything.
import { describe, expect, it } from 'vitest';
import { data } from '../../src/core/scope.js';
import { withHosts } from '../../src/load/play-hosts.js';
import { load } from './support/files.js';

const playbook = `
params: { org: { type: integer, default: 1001 } }
plays:
  - hosts: "org_{{org}}:!{{without}}"
    vars: { without: taa }
    tasks: [{ ping: {} }]
`;

describe('hosts that hold a template', () => {
  it.each([
    [[], 'org_1001:!taa'],
    [[data('org', 1002, '-e')], 'org_1002:!taa'],
    [[data('without', 'tab', '-e')], 'org_1001:!tab'],
  ] as const)('with %o are `%s`', (given, hosts) => {
    const loaded = load(playbook);
    const placed = loaded.ok ? withHosts(loaded.value.playbook, given) : loaded;
    expect(placed.ok && placed.value.plays.map((play) => [play.hosts, play.name])).toEqual([[hosts, hosts]]);
  });

  it('are a problem where the variable stands when it is not known', () => {
    const loaded = load('- hosts: "org_{{nobody}}"\n  tasks: [{ ping: {} }]\n');
    const placed = loaded.ok ? withHosts(loaded.value.playbook, []) : loaded;
    expect(placed.ok ? [] : placed.problems.map((each) => each.message)).toEqual(['undefined variable `nobody`']);
  });
});
