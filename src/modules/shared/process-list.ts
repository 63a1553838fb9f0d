// Processes of a host by exact name or by their command line, as one shell script. It never finds itself: what is
// looked for comes on standard input, so it stands in no command line, and the script leaves out its own ancestors.
import { ownProcess } from '../../core/own-process.js';
import { shellWord } from '../../core/quote.js';
import { WorldError } from '../../core/world-error.js';

/** How the processes are told apart from others; all that is said must fit. `pattern` is an extended regular expression on the command line. */
export interface Wanted {
  readonly name?: string | undefined;
  readonly pattern?: string | undefined;
  readonly user?: string | undefined;
}

/** A process as the host lists it. */
export type Process = { readonly pid: number; readonly user: string; readonly command: string };

/** The kernel keeps this many characters of a process's name. */
export const longestName = 15;

// Zombies are dead: they have no code left that could do anything, and no signal takes them away.
const matching = `
IFS= read -r exact; IFS= read -r pattern
${ownProcess('me')}
mine=" $me "; up=$me
while up=$(ps -o ppid= -p "$up" 2>/dev/null | tr -d ' ') && [ -n "$up" ] && [ "$up" -gt 1 ]; do mine="$mine$up "; done
pids_by() {
  pids=$(pgrep "$1" -- "$2") || { rc=$?; [ "$rc" -le 1 ] || return "$rc"; }
  printf '%s\\n' "$pids"
}
found() {
  [ -n "$pattern" ] || { pids_by -x "$exact"; return; }
  full=$(pids_by -f "$pattern") || return
  [ -n "$exact" ] || { printf '%s\\n' "$full"; return; }
  named=$(pids_by -x "$exact") || return
  for pid in $named; do case " $(printf '%s ' $full)" in *" $pid "*) echo "$pid";; esac; done
}
listed() {
  pids=$(found) || return
  [ -z "$pids" ] || ps -o pid= -o ppid= -o uid= -o stat= -o user= -o "$shown=" -p "$(printf '%s\\n' "$pids" | paste -s -d , -)" || :
}
matching() {
  list=$(listed) || { echo "failed=$?"; return; }
  printf '%s\\n' "$list" | while read -r pid ppid uid stat user command; do
    case $stat in ''|Z*) continue;; esac
    case $mine in *" $pid "*) continue;; esac
    [ "$ppid" != "$me" ] || continue
    [ -z "$uid_wanted" ] || [ "$uid_wanted" = "$uid" ] || continue
    echo "process=$pid $user $command"
  done
}
`;

/** The start of a script that can call `matching`, which prints a line for each process found. */
function matchingFunctions({ pattern, user }: Wanted): string {
  const uid = user === undefined ? 'uid_wanted=' : `uid_wanted=$(id -u ${shellWord(user)}) || exit 1`;
  return `shown=${pattern === undefined ? 'comm' : 'args'}\n${uid}${matching}`;
}

/** What the scripts read from standard input: a line each for name and pattern. `pgrep` takes every text for a regular expression. */
export function lookedFor({ name = '', pattern = '' }: Wanted): string {
  return `${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\n${pattern}\n`;
}

/** A script that prints the processes. Its standard input is `lookedFor`. */
export function listScript(wanted: Wanted): string {
  return `${matchingFunctions(wanted)}matching`;
}

/** A script that sends a signal to the processes and prints which. */
export function signalScript(wanted: Wanted, signal: string): string {
  return [
    `${matchingFunctions(wanted)}matching | while IFS= read -r line; do`,
    '  printf \'%s\\n\' "$line"; pid=${line#process=}; pid=${pid%% *}',
    `  case $line in process=*) kill -s ${shellWord(signal)} "$pid" || :;; esac`,
    'done',
  ].join('\n');
}

/** The processes that a script printed. */
export function processesIn(stdout: string, wanted: Wanted): readonly Process[] {
  if (/^failed=/m.test(stdout)) {
    throw new WorldError('failed', `the host cannot list processes by \`${wanted.pattern ?? wanted.name ?? ''}\``, {
      hint:
        wanted.pattern === undefined
          ? 'is `pgrep` there?'
          : 'is the pattern a regular expression, and is `pgrep` there?',
    });
  }
  return [...stdout.matchAll(/^process=(\d+) (\S+) (.*)$/gm)].map(([, pid = '', user = '', command = '']) => ({
    pid: Number(pid),
    user,
    command,
  }));
}
