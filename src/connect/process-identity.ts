// How a script on a host tells a process from a later one with the same number: by its start time and the boot it belongs
// to. Read from /proc without starting anything where there is one, else asked of ps.

/**
 * Shell functions: `pb_start PID` sets `pb_s` (empty when the process is gone or a zombie) and `pb_group`;
 * `pb_alive PID START BOOT` is true for that very process; `pb_boot` is the current boot.
 */
export const identityText = [
  'pb_boot=-',
  '{ IFS= read -r pb_boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || pb_boot=-',
  'pb_start() {',
  '  pb_s= pb_group=',
  '  if [ -r /proc/self/stat ]; then',
  '    { IFS= read -r pb_s <"/proc/$1/stat"; } 2>/dev/null || pb_s=',
  // The name of a program may hold anything, spaces and brackets too; what follows it does not.
  '    set -- ${pb_s##*") "}',
  '    pb_s=',
  '    [ "$1" = Z ] || { pb_s=${20} pb_group=$3; }',
  '  else',
  `    pb_s=$(LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' _)`,
  `    pb_group=$(ps -o pgid= -p "$1" 2>/dev/null | tr -d ' ')`,
  '  fi',
  '}',
  'pb_alive() { [ "$3" = "$pb_boot" ] && pb_start "$1" && [ -n "$pb_s" ] && [ "$pb_s" = "$2" ]; }',
  'pb_moment() { sleep 0.1 2>/dev/null || sleep 1; }',
].join('\n');
