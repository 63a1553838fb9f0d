// The sandbox's process tools: pgrep, pkill and killall that know the sandbox's own process table and nothing else.
// POSIX sh only: they run under dash, bash and macOS' sh alike. `$` followed by `{` is escaped for the template.

/** Functions that all shims and scripts of a sandbox share; `LAB_ROOT` is set by the line before them. */
export const LIBRARY = `
TABLE=$LAB_ROOT/run/processes

# start time of a living process; fails for a dead one and for a zombie. The same text as in src/lab/processes.ts
started() {
  if [ -r /proc/self/stat ]; then
    { read -r stat_line < "/proc/$1/stat"; } 2>/dev/null || return 1
    # shellcheck disable=SC2086
    set -- \${stat_line##*) }
    case $1 in Z|X) return 1 ;; esac
    shift 19
    printf '%s\\n' "$1"
  else
    # shellcheck disable=SC2046
    set -- $(LC_ALL=C TZ=UTC ps -o state= -o lstart= -p "$1" 2>/dev/null)
    case $1 in ''|Z*) return 1 ;; esac
    shift
    printf '%s\\n' "$*"
  fi
}

alive() { [ -n "$1" ] && [ "$(started "$1")" = "$2" ] && [ -n "$2" ]; }

is_root() { [ "$LAB_USER" = root ]; }

# launch NAME LOG COMMAND_LINE PROGRAM [ARGUMENT...]: prints "PID START_TIME"
launch() {
  launch_name=$1 launch_log=$2 launch_line=$3
  shift 3
  "$LAB_NODE" "$LAB_LAUNCHER" "$LAB_ROOT" "$launch_name" "$launch_log" "$launch_line" -- "$@"
}

# matches PATTERN: reads "pid start name" and the command line of every row, prints "pid name<TAB>command line"
matching() {
  for row in "$TABLE"/*; do
    pid=\${row##*/}
    { { read -r start && read -r name && read -r line; } < "$row"; } 2>/dev/null || continue
    alive "$pid" "$start" || continue
    subject=$name
    [ -n "$full" ] && subject=$line
    flags=-Eq
    [ -n "$exact" ] && flags=-Exq
    [ -n "$ignorecase" ] && flags=$flags"i"
    if printf '%s\\n' "$subject" | grep "$flags" -e "$1"; then
      [ -z "$inverse" ] || continue
    else
      [ -n "$inverse" ] || continue
    fi
    printf '%s %s\\t%s\\n' "$pid" "$name" "$line"
  done
}

# send SIGNAL PID NAME: as the kernel does, only root may signal root's processes
send() {
  is_root || { echo "$tool: killing pid $2 failed: Operation not permitted" >&2; return 1; }
  kill -s "$1" "$2" 2>/dev/null
}

signal_name() { signal=\${1#SIG}; case $signal in [0-9]*) signal=$(kill -l "$signal") ;; esac; }
`;

const OPTIONS = `
full= exact= long= all= count= inverse= ignorecase= newest= oldest= quiet= echo= delimiter='
' signal=TERM
usage() { echo "Usage: $tool [options] <pattern>" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    --exact) exact=1; shift ;;
    --full) full=1; shift ;;
    --list-name) long=1; shift ;;
    --list-full) all=1; shift ;;
    --count) count=1; shift ;;
    --newest) newest=1; shift ;;
    --oldest) oldest=1; shift ;;
    --ignore-case) ignorecase=1; shift ;;
    --signal) signal_name "$2"; shift 2 ;;
    --signal=*) signal_name "\${1#*=}"; shift ;;
    --*) usage ;;
    -SIG[A-Z]*|-[A-Z][A-Z]*|-[0-9]*) [ "$tool" = pkill ] || usage; signal_name "\${1#-}"; shift ;;
    -d) delimiter=$2; shift 2 ;;
    -u|-U|-P|-g|-s|-t) shift 2 ;;
    -?*)
      letters=\${1#-}
      shift
      while [ -n "$letters" ]; do
        rest=\${letters#?}
        case \${letters%"$rest"} in
          x) exact=1 ;; f) full=1 ;; l) long=1 ;; a) all=1 ;; c) count=1 ;; v) inverse=1 ;; i) ignorecase=1 ;;
          n) newest=1 ;; o) oldest=1 ;; q) quiet=1 ;; e) echo=1 ;; *) usage ;;
        esac
        letters=$rest
      done ;;
    *) break ;;
  esac
done
[ $# -eq 1 ] || usage
found=$(matching "$1" | sort -n)
[ -n "$newest" ] && found=$(printf '%s\\n' "$found" | tail -n 1)
[ -n "$oldest" ] && found=$(printf '%s\\n' "$found" | head -n 1)
`;

/** `pgrep` of the sandbox (procps' options; selecting by user, terminal or parent is accepted and selects all). */
export const PGREP = `tool=pgrep
${OPTIONS}
if [ -n "$count" ]; then
  [ -z "$found" ] && { echo 0; exit 1; }
  printf '%s\\n' "$found" | grep -c .
  exit 0
fi
[ -n "$found" ] || exit 1
[ -n "$quiet" ] && exit 0
printf '%s\\n' "$found" | while IFS='	' read -r head line; do
  shown=\${head%% *}
  [ -n "$long" ] && shown=$head
  [ -n "$all" ] && shown="\${head%% *} $line"
  [ -n "$printed" ] && printf '%s' "$delimiter"
  printf '%s' "$shown"
  printed=1
done
echo
`;

/** `pkill` of the sandbox. */
export const PKILL = `tool=pkill
${OPTIONS}
[ -n "$found" ] || exit 1
printf '%s\\n' "$found" | {
  rc=1
  while IFS='	' read -r head line; do
    send "$signal" "\${head%% *}" && rc=0 && [ -n "$echo" ] && echo "\${head#* } killed (pid \${head%% *})"
  done
  exit $rc
}
`;

/** `killall` of the sandbox (psmisc's options): exact names, exit code 1 when one of them has no process. */
export const KILLALL = `tool=killall
full= exact=1 ignorecase= inverse= signal=TERM wait= quiet=
usage() { echo 'Usage: killall [-ewqv] [-s SIGNAL | -SIGNAL] NAME...' >&2; exit 1; }
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -s|--signal) signal_name "$2"; shift 2 ;;
    -w|--wait) wait=1; shift ;;
    -q|--quiet) quiet=1; shift ;;
    -e|--exact|-v|--verbose) shift ;;
    -SIG[A-Z]*|-[A-Z][A-Z]*|-[0-9]*) signal_name "\${1#-}"; shift ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || usage
rc=0
for target; do
  # A name is not a pattern here.
  pattern=$(printf '%s\\n' "$target" | sed 's/[][\\.*^$+?(){}|]/\\\\&/g')
  pids=$(matching "$pattern" | cut -d ' ' -f 1)
  sent=
  for pid in $pids; do
    if is_root; then kill -s "$signal" "$pid" 2>/dev/null && sent=1
    else echo "$target($pid): Operation not permitted" >&2; fi
  done
  if [ -z "$sent" ]; then
    [ -n "$quiet" ] || echo "$target: no process found" >&2
    rc=1
  fi
  if [ -n "$wait" ] && [ -n "$sent" ]; then
    while [ -n "$(matching "$pattern")" ]; do sleep 0.1 2>/dev/null || sleep 1; done
  fi
done
exit $rc
`;
