// What a host's service manager says of a service, asked in one look and read into one vocabulary. systemd is asked by
// `systemctl show`, System V scripts by `service NAME status` (LSB exit codes), Upstart jobs by the words they print.
import { shellWord } from '../../core/quote.js';
import { answersIn } from './own-script.js';

/** A service as it was found. `said` holds the first lines of a status that could not be read. */
export type ServiceState = {
  readonly manager: 'systemd' | 'sysv' | 'none';
  readonly state: 'running' | 'stopped' | 'starting' | 'stopping' | 'unknown' | 'unknown_service';
  readonly enabled: boolean | null;
  readonly pid: number | null;
  /** systemd's start of the main process, in microseconds since boot: another one means that it was restarted. */
  readonly started_at: string | null;
  readonly said: string;
};

/** Shell functions that know the service `$name` and how it is managed. */
export function managerFunctions(name: string): string {
  return `
name=${shellWord(name)}
has_unit() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1 || return 1
  shown=$(systemctl show -p LoadState -p ActiveState -p UnitFileState -p MainPID -p ExecMainStartTimestampMonotonic -- "$name" 2>/dev/null) || return 1
  case $shown in *LoadState=not-found*|*LoadState=error*|'') return 1;; *LoadState=*) return 0;; esac
  return 1
}
has_script() {
  for init in /etc/init.d /etc/rc.d/init.d; do
    if [ -f "$init/$name" ]; then script=$init/$name; return 0; fi
  done
  # \`service\` may look elsewhere, and says itself when it does not know the name.
  script=; command -v service >/dev/null 2>&1
}
ask() {
  if command -v service >/dev/null 2>&1; then service "$name" "$1"; else "$script" "$1"; fi
}
`;
}

/** A script that looks at a service. With a pattern its standard input is that pattern, and processes decide. */
export function lookScript(name: string, byPattern: boolean): string {
  return `${managerFunctions(name)}
set -- /etc/rc[2345].d/S[0-9][0-9]"$name"
if [ -e "$1" ] || [ -L "$1" ]; then echo enabled=yes; else echo enabled=no; fi
if has_unit; then echo manager=systemd; printf '%s\\n' "$shown"; exit 0; fi
if ! has_script; then echo manager=none; exit 0; fi
echo manager=sysv
${byPattern ? patternStatus : 'said=$(ask status 2>&1 </dev/null); echo "rc=$?"'}
printf '%s\\n' "$said" | head -n 5 | sed 's/^/said=/'`;
}

const patternStatus = `IFS= read -r pattern
pids=$(pgrep -f -- "$pattern"); rc=$?
[ "$rc" -le 1 ] || exit "$rc"
alive=
for pid in $pids; do case $(ps -o stat= -p "$pid" 2>/dev/null) in ''|Z*) ;; *) alive="$alive $pid";; esac; done
if [ -n "$alive" ]; then echo rc=0; said="processes$alive"; else echo rc=3; said=; fi`;

/** The answer of \`lookScript\`, in one vocabulary. */
export function serviceIn(stdout: string): ServiceState {
  const answers = answersIn(stdout);
  const first = (key: string): string => answers.get(key)?.[0] ?? '';
  const said = (answers.get('said') ?? []).join('\n').trim();
  switch (first('manager')) {
    case 'systemd':
      return systemdService(first);
    case 'sysv':
      return {
        manager: 'sysv',
        state: scriptState(first('rc'), said),
        enabled: first('enabled') === 'yes',
        pid: null,
        started_at: null,
        said,
      };
    default:
      return { manager: 'none', state: 'unknown_service', enabled: null, pid: null, started_at: null, said };
  }
}

const activeStates: Readonly<Record<string, ServiceState['state']>> = {
  active: 'running',
  reloading: 'running',
  refreshing: 'running',
  activating: 'starting',
  deactivating: 'stopping',
  inactive: 'stopped',
  failed: 'stopped',
};

function systemdService(first: (key: string) => string): ServiceState {
  const masked = first('LoadState') === 'masked';
  return {
    manager: 'systemd',
    state: activeStates[first('ActiveState')] ?? 'unknown',
    enabled: masked ? false : unitEnabled(first('UnitFileState'), first('enabled') === 'yes'),
    pid: Number(first('MainPID')) || null,
    started_at: first('ExecMainStartTimestampMonotonic') || null,
    said: masked ? 'the unit is masked' : '',
  };
}

/** A unit made from a System V script is enabled by its links; some units have no say in it. */
function unitEnabled(fileState: string, linked: boolean): boolean | null {
  if (fileState === 'generated') return linked;
  return fileState === '' ? null : /^enabled|^(alias|static|indirect)$/.test(fileState);
}

/** LSB: 0 running, 1 and 2 dead with something left behind, 3 stopped. A usage message is no status, whatever its code. */
function scriptState(rc: string, said: string): ServiceState['state'] {
  if (/unrecognized service|unknown (service|job)|could not be found/i.test(said)) return 'unknown_service';
  if (/^usage:|\busage: /im.test(said)) return 'unknown';
  if (/\bstop\/(waiting|killed)/.test(said)) return 'stopped';
  if (/\bstart\/(pre-start|starting|spawned)/.test(said)) return 'starting';
  if (rc === '0') return 'running';
  return rc === '1' || rc === '2' || rc === '3' ? 'stopped' : 'unknown';
}
