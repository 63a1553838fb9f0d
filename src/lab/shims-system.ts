// The sandbox's sudo, service and a few smaller tools: what an appliance's own would answer, confined to the sandbox.
// POSIX sh only; `$` followed by `{` is escaped for the template.

/**
 * `sudo` of the sandbox: asks on stderr, reads from stdin byte by byte so that the command's own input stays untouched,
 * resets the environment like `env_reset`, and marks the command as root's. Nobody gains any right on the machine.
 */
export const SUDO = `
prompt="[sudo] password for $LAB_USER: " noninteractive= stdin= user=root preserve= shell= validate=
usage() { echo 'usage: sudo [-EHkKnS] [-p prompt] [-u user] [VAR=value] [-i | -s] [command [arg ...]]' >&2; exit 1; }
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    --user=*) user=\${1#*=}; shift ;;
    --prompt=*) prompt=\${1#*=}; shift ;;
    --user) user=$2; shift 2 ;;
    --prompt) prompt=$2; shift 2 ;;
    --stdin) stdin=1; shift ;;
    --non-interactive) noninteractive=1; shift ;;
    --preserve-env|--preserve-env=*) preserve=1; shift ;;
    --set-home|--reset-timestamp) shift ;;
    --*) usage ;;
    -?*)
      letters=\${1#-}
      shift
      while [ -n "$letters" ]; do
        rest=\${letters#?}
        letter=\${letters%"$rest"}
        letters=$rest
        case $letter in
          n) noninteractive=1 ;;
          S) stdin=1 ;;
          E) preserve=1 ;;
          H|k|b) ;;
          K) exit 0 ;;
          v) validate=1 ;;
          i|s) shell=1 ;;
          u|p|g|C)
            if [ -n "$letters" ]; then value=$letters; letters=; else value=$1; shift; fi
            case $letter in u) user=$value ;; p) prompt=$value ;; esac ;;
          *) usage ;;
        esac
      done ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || [ -n "$validate$shell" ] || usage
case $user in root|'#0'|desktone|postgres) ;; *) echo "sudo: unknown user $user" >&2; exit 1 ;; esac

attempts() { if [ "$1" = 1 ]; then echo "sudo: 1 incorrect password attempt" >&2; else echo "sudo: $1 incorrect password attempts" >&2; fi; exit 1; }
authenticate() {
  is_root && return
  [ -z "$noninteractive" ] || { echo 'sudo: a password is required' >&2; exit 1; }
  if [ -z "$stdin" ]; then
    echo 'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper' >&2
    echo 'sudo: a password is required' >&2
    exit 1
  fi
  wrong=0
  while [ $wrong -lt 3 ]; do
    printf '%s' "$prompt" >&2
    if ! IFS= read -r password; then
      echo >&2
      echo 'sudo: no password was provided' >&2
      [ $wrong -gt 0 ] && attempts $wrong
      echo 'sudo: a password is required' >&2
      exit 1
    fi
    [ "$password" = "$LAB_PASSWORD" ] && { password=; return; }
    wrong=$((wrong + 1))
    [ $wrong -lt 3 ] && echo 'Sorry, try again.' >&2
  done
  attempts $wrong
}
authenticate
[ -z "$validate" ] || exit 0
[ -z "$shell" ] || set -- /bin/sh "$@"

for word; do
  case $word in
    [A-Za-z_]*=*) continue ;;
    */*) [ -x "$word" ] || { echo "sudo: $word: command not found" >&2; exit 1; } ;;
    *) command -v "$word" >/dev/null 2>&1 || { echo "sudo: $word: command not found" >&2; exit 1; } ;;
  esac
  break
done
[ "$user" = '#0' ] && user=root
home=$LAB_ROOT/home/$user
[ "$user" = root ] && home=$LAB_ROOT/root
set -- LAB_USER="$user" USER="$user" LOGNAME="$user" HOME="$home" SUDO_USER="$LAB_USER" "$@"
[ -n "$preserve" ] && exec env "$@"
exec env -i PATH="$LAB_ROOT/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" TERM="\${TERM-dumb}" \\
  \${LANG+LANG="$LANG"} \${LC_ALL+LC_ALL="$LC_ALL"} SHELL=/bin/sh "$LAB_MARK_NAME=$LAB_DIRECTORY" \\
  PGHOST="$PGHOST" PGPORT="$PGPORT" PGPASSFILE="$PGPASSFILE" "$@"
`;

/** `service` of the sandbox: runs etc/init.d/NAME. */
export const SERVICE = `
case $1 in
  ''|-h|--help) echo 'Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]' >&2; exit 1 ;;
  --status-all)
    for script in "$LAB_ROOT"/etc/init.d/*; do
      if "$script" status >/dev/null; then echo " [ + ]  \${script##*/}"; else echo " [ - ]  \${script##*/}"; fi
    done
    exit 0 ;;
esac
name=$1
shift
script=$LAB_ROOT/etc/init.d/$name
case $name in */*) script= ;; esac
[ -x "$script" ] || { echo "$name: unrecognized service" >&2; exit 1; }
exec "$script" "$@"
`;

/** Fails as systemd's own does where SysV init runs, and keeps the machine's own systemd out of reach. */
export const SYSTEMCTL = `
echo "System has not been booted with systemd as init system (PID 1). Can't operate." >&2
echo 'Failed to connect to bus: Host is down' >&2
exit 1
`;

/** In place of commands that would act on the whole machine. */
export const REFUSED = `
echo "\${0##*/}: not available in the lab" >&2
exit 1
`;

/** `id` of the sandbox: who the command runs as on the appliance; any other question goes to the machine's own. */
export const ID = `
case $LAB_USER in root) number=0 ;; desktone) number=1700 ;; *) number=101 ;; esac
case "$*" in
  -u|-g|-G) echo "$number" ;;
  -un|-nu|'-u -n'|-gn|-ng) echo "$LAB_USER" ;;
  '') echo "uid=$number($LAB_USER) gid=$number($LAB_USER) groups=$number($LAB_USER)" ;;
  *) PATH=/usr/bin:/bin; exec id "$@" ;;
esac
`;

/** `whoami` of the sandbox. */
export const WHOAMI = `echo "$LAB_USER"\n`;

/** The init script of a service: one process that stays, and a pid file. */
export function initScript(name: string): string {
  return `### BEGIN INIT INFO
# Provides: ${name}
### END INIT INFO
name=${name}
file=$LAB_ROOT/run/$name.pid
running() { { read -r pid start < "$file"; } 2>/dev/null && alive "$pid" "$start"; }
must_be_root() { is_root || { echo "$name: Permission denied, only root may $1 it" >&2; exit 4; }; }
start() {
  running && { echo "$name is already running"; return; }
  must_be_root start
  identity=$(launch "$name" "$LAB_ROOT/var/log/$name.log" "$name" sleep 2147483647) || exit 1
  echo "$identity" > "$file"
  echo "Starting $name: done"
}
stop() {
  running || { echo "$name is not running"; return; }
  must_be_root stop
  kill "$pid"
  tries=0
  while alive "$pid" "$start"; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || kill -s KILL "$pid"
    sleep 0.1 2>/dev/null || sleep 1
  done
  rm -f "$file"
  echo "Stopping $name: done"
}
case $1 in
  start) start ;;
  stop) stop ;;
  restart|force-reload) stop; start ;;
  status) if running; then echo "$name is running"; else echo "$name is stopped"; exit 3; fi ;;
  *) echo "Usage: $name {start|stop|restart|status}" >&2; exit 2 ;;
esac
`;
}

/** The vendor's script that starts the slon of one database. */
export function startSlonScript(database: string, conninfo: string): string {
  return `# starts the slon daemon of the ${database} database
if "$LAB_ROOT/bin/pgrep" -f 'slon .*dbname=${database} ' >/dev/null; then
  echo "slon for ${database} already running"
  exit 0
fi
launch slon "$LAB_ROOT/var/log/slon_${database}.log" \\
  'slon -d 1 -s 500 -t 2000 -g 1 slony ${conninfo}' \\
  "$LAB_NODE" "$LAB_SLON" "$LAB_ROOT/etc/lab/slon.json" ${database} >/dev/null || exit 1
echo "started slon for ${database}"
`;
}

/** The vendor's script that points App Volumes manager at another database host. */
export const AV_SETUP = `
[ -n "$DB_HOST" ] && [ -n "$DB_PASSWORD" ] || { echo 'av-setup: DB_HOST and DB_PASSWORD must be set' >&2; exit 1; }
is_root || { echo 'av-setup: must be root' >&2; exit 1; }
"$LAB_NODE" "$LAB_PROBE" "$LAB_ROOT/etc/lab/addresses" "$DB_HOST" avdb ||
  { echo "av-setup: cannot reach avdb on $DB_HOST" >&2; exit 1; }
echo "DB_HOST=$DB_HOST" > "$LAB_ROOT/usr/local/desktone/av.conf"
echo "av-setup: App Volumes manager now uses $DB_HOST"
`;
