// A play may name its hosts by a param, such as `hosts: org_{{org}}`. Which hosts these are must be known before any
// host is asked anything, so only params, the play's own variables and `-e` can be used here.
import type { Play, Playbook } from '../core/playbook.js';
import { all, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { Scope } from '../core/scope.js';
import type { Definition } from '../core/scope.js';

/** The playbook with every host pattern resolved. */
export function withHosts(playbook: Playbook, cli: readonly Definition[]): Result<Playbook> {
  const plays = all(playbook.plays.map((play) => resolved(play, cli)));
  return plays.ok ? ok({ ...playbook, plays: plays.value }) : plays;
}

function resolved(play: Play, cli: readonly Definition[]): Result<Play> {
  const { hostsTemplate, ...rest } = play;
  if (hostsTemplate === undefined) return ok(play);
  const hosts = hostsTemplate.render(Scope.empty.with('play', play.definitions).with('cli', cli));
  if (!hosts.ok) return hosts;
  const name = play.name === play.hosts ? hosts.value : play.name;
  return ok({ ...rest, name, hosts: hosts.value });
}
