// Scripts that modules write themselves: POSIX sh, in the C locale, with the administrator's directories on the PATH
// (over ssh a plain user has no /usr/sbin, and a translated message cannot be read).
import type { Command } from '../../core/connection.js';

const head = 'LC_ALL=C; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export LC_ALL PATH\n';

/** A script of ours, for a POSIX shell. Values go into it through `shellWord` only. */
export function ownScript(body: string): Command {
  return { kind: 'shell', script: head + body };
}

/** `key=value` lines of an answer by key, every value in order; other lines are passed over. */
export function answersIn(stdout: string): ReadonlyMap<string, readonly string[]> {
  const answers = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at < 1) continue;
    const key = line.slice(0, at);
    answers.set(key, [...(answers.get(key) ?? []), line.slice(at + 1)]);
  }
  return answers;
}

/** The last lines of a text, without empty lines at the end. */
export function lastLines(text: string, count: number): string {
  return text
    .replace(/[\r\n]+$/, '')
    .split('\n')
    .slice(-count)
    .join('\n');
}
