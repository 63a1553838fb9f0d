// The shell side of who holds a host. Taking is one `ln` of a complete file, which the kernel grants to one. Whatever
// replaces or removes the record does so under a mutex, so it acts on what it has read; taking needs none, for it only
// ever adds a record where there is none.
//
// The mutex is a file that is linked too, and names the process that holds it. One whose process died is removed by
// whoever gets the mutex of that very token, looks again, and still finds it there: so of many who find it dead one
// removes it, and nobody removes the next one's. That mutex can be left behind as well, and is got in the same way.
import { shellWord } from '../core/quote.js';
import type { Fence, HoldRequest } from '../core/hold.js';
import { ownProcess } from '../core/own-process.js';
import { brokenLine, fenceLine, recordLines } from './hold-record.js';
import { identityText } from './process-identity.js';

/** The exit code with which a script says that the place of the record is not as it should be. */
export const holdRefused = 99;

const looking = [
  `pb_no() { echo "$*" >&2; exit ${holdRefused}; }`,
  `pb_plain() { if [ -L "$1" ] || { [ -e "$1" ] && [ ! -f "$1" ]; }; then pb_no "$1 is not a plain file"; fi; }`,
  'pb_held() {',
  '  pb_plain "$pb_l"; pb_h=',
  '  { IFS= read -r pb_h <"$pb_l"; } 2>/dev/null && return',
  '  [ ! -e "$pb_l" ] || { [ -r "$pb_l" ] && pb_no "$pb_l has no whole line in it" || pb_no "$pb_l cannot be read"; }',
  '}',
  // Each user has a file of his own, because in a directory like /var/tmp nobody can replace another's.
  'pb_each() {',
  '  for pb_x in "$1"-*; do',
  '    case ${pb_x#"$1"-} in *[!0-9]*) continue ;; esac',
  '    pb_plain "$pb_x"; [ ! -f "$pb_x" ] || $2 "$pb_x" || exit 1',
  '  done',
  '}',
  'pb_newest() { [ "$pb_f" ] && [ "$pb_f" -nt "$1" ] || pb_f=$1; }',
].join('\n');

const changing = [
  'pb_u=$(id -u)',
  // Made anew under a name that nobody could have known, so never through a link that was planted.
  `pb_write() { (set -C; printf '%s\\n' "$2" >"$1") 2>/dev/null || pb_no "cannot write $1"; sync "$1" 2>/dev/null; }`,
  'pb_token() {',
  '  pb_plain "$1"; pb_1= pb_2= pb_3= pb_4=',
  `  { IFS=' ' read -r pb_1 pb_2 pb_3 pb_4 <"$1"; } 2>/dev/null`,
  '}',
  'pb_enter() {',
  '  until ln "$pb_t.m" "$1" 2>/dev/null; do',
  '    pb_i=$((pb_i + 1)); [ $pb_i -lt 150 ] || pb_no "$1 stays taken, or cannot be made"',
  '    pb_token "$1"',
  '    if [ -z "$pb_4" ] || pb_alive "$pb_1" "$pb_2" "$pb_3"; then pb_moment; else pb_seize "$1" "$pb_4"; fi',
  '  done',
  '}',
  'pb_seize() {',
  // A process of somebody else may be hidden from us; the time that it is given is far more than it needs.
  '  sleep 1; pb_token "$1"; [ "$pb_4" = "$2" ] || return 0',
  '  pb_enter "$1.$2"; pb_token "$1"',
  '  [ "$pb_4" != "$2" ] || rm -f "$1" || pb_no "cannot remove $1"',
  '  rm -f "$1.$2"',
  '}',
  'pb_mutex() {',
  '  pb_i=0; pb_start "$pb_me"; pb_write "$pb_t.m" "$pb_me ${pb_s:--} $pb_boot $pb_n"',
  '  pb_enter "$pb_l.m"',
  `  trap 'rm -f "$pb_l.m" "$pb_t" "$pb_t.m"' 0`,
  '}',
].join('\n');

const answer = [
  'pb_held; echo holder; if [ "$pb_h" ]; then head -n 10 "$pb_l" || exit 1; fi',
  'echo broken; pb_each "$pb_b" "tail -n 20"',
  'echo last; pb_f=; pb_each "$pb_e" pb_newest; [ -z "$pb_f" ] || head -n 1 "$pb_f"; exit 0',
].join('\n');

/** The script of a request; `nonce` is a random word. */
export function holdScript(stateDirectory: string, request: HoldRequest, nonce: string): string {
  const lock = `${stateDirectory}.lock`;
  const directory = stateDirectory.slice(0, stateDirectory.lastIndexOf('/')) || '/';
  return [
    'LC_ALL=C; export LC_ALL; umask 022',
    `pb_l=${shellWord(lock)} pb_b=${shellWord(`${stateDirectory}.broken`)} pb_d=${shellWord(directory)}`,
    `pb_e=${shellWord(`${stateDirectory}.last`)}`,
    `pb_n=${nonce} pb_t=${shellWord(`${lock}.${nonce}`)}`,
    looking,
    ...(request.kind === 'look' ? [] : [ownProcess('pb_me'), identityText, changing, directoryText]),
    actionOf(request, stateDirectory),
    answer,
  ].join('\n');
}

/** Whoever may write to the directory of the record may replace it, unless it is sticky. */
const directoryText = [
  '[ -d "$pb_d" ] || mkdir -p "$pb_d" || pb_no "cannot make $pb_d"',
  'case $(ls -ld "$pb_d/.") in ????????w[!tT]*) pb_no "everybody may replace what is in $pb_d (no sticky bit)" ;; esac',
].join('\n');

function actionOf(request: HoldRequest, stateDirectory: string): string {
  switch (request.kind) {
    case 'look':
      return ':';
    case 'take':
      return take(request.holder, recordLines(request.holder).join('\n'));
    case 'raise':
      return raise(request.holder.run, request.holder.number, recordLines(request.holder).join('\n'));
    case 'release':
      return release(stateDirectory, request.fence.run, fenceLine(request.fence));
    case 'break':
      return breaking(request.run, brokenLine(request.run, request.by, request.at));
  }
}

/** True for a run that was unlocked here: it is over for good. */
function isBroken(run: string): string {
  return `pb_each "$pb_b" cat | cut -d ' ' -f 1 | grep -Fqx ${shellWord(run)}`;
}

/** A request that comes after its run gave the host back, because the network held it, takes nothing any more. */
function take({ run, number }: Fence, record: string): string {
  return [
    'pb_word() {',
    `  pb_1= pb_2=; { IFS=' ' read -r pb_1 pb_2 <"$1"; } 2>/dev/null`,
    `  if [ "$pb_1" = ${shellWord(run)} ] && [ "\${pb_2:-0}" -ge ${number} ] 2>/dev/null; then pb_o=1; fi`,
    '}',
    'pb_late() { pb_o=; pb_each "$pb_e" pb_word; [ "$pb_o" ]; }',
    'pb_held',
    `if [ -z "$pb_h" ] && ! pb_late && ! ${isBroken(run)}; then`,
    `  pb_write "$pb_t" ${shellWord(record)}`,
    '  pb_w=$(ln "$pb_t" "$pb_l" 2>&1); rm -f "$pb_t"; pb_held',
    '  [ "$pb_h" ] || [ -z "$pb_w" ] || pb_no "$pb_w"',
    // It may have been given back between the look and the link.
    `  if [ -z "$pb_w" ] && pb_late; then rm -f "$pb_l"; pb_held; fi`,
    'fi',
  ].join('\n');
}

function raise(run: string, number: number, record: string): string {
  return [
    'pb_mutex; pb_held',
    `case $pb_h in ${shellWord(run)}" "*)`,
    `  if [ "\${pb_h##* }" -lt ${number} ] && ! ${isBroken(run)}; then`,
    `    pb_write "$pb_t" ${shellWord(record)}; mv -f "$pb_t" "$pb_l" || pb_no "cannot replace $pb_l"`,
    '  fi ;;',
    'esac',
  ].join('\n');
}

function breaking(run: string, line: string): string {
  return [
    'pb_mutex; pb_held',
    `case $pb_h in ${shellWord(run)}" "*)`,
    // Nothing is said of a run that cannot be taken away.
    '  [ -O "$pb_l" ] || [ "$pb_u" = 0 ] || pb_no "$pb_l belongs to another user"',
    '  pb_x=$pb_b-$pb_u; pb_plain "$pb_x"',
    // Word of it first: a run that is told of as unlocked never goes on, whatever becomes of us.
    `  pb_y=$({ if [ -f "$pb_x" ]; then tail -n 19 "$pb_x"; fi; echo ${shellWord(line)}; })`,
    // What a shell of its own makes may break off, and then nothing may follow from it.
    `  case $pb_y in *${shellWord(line)}) ;; *) pb_no "cannot read $pb_x" ;; esac`,
    '  pb_write "$pb_t" "$pb_y"',
    '  mv -f "$pb_t" "$pb_x" || pb_no "cannot replace $pb_x"',
    `  ${lastText(`${run} 999999999`)}`,
    '  rm -f "$pb_l" || pb_no "cannot remove $pb_l" ;;',
    'esac',
  ].join('\n');
}

/** Writes down who gave the host back, or was made to, last. */
function lastText(line: string): string {
  return `pb_x=$pb_e-$pb_u; pb_plain "$pb_x"; pb_write "$pb_t" ${shellWord(line)}; mv -f "$pb_t" "$pb_x" || pb_no "cannot replace $pb_x"`;
}

/** The record goes first: a claim may only be forgotten once nothing of its run is taken any more. */
function release(stateDirectory: string, run: string, line: string): string {
  const claims = `pb_c=${shellWord(`${stateDirectory}-`)}$(id -u)`;
  return [
    'pb_mutex; pb_held',
    // Where nobody holds it a request of ours may still be on its way, and must find that the run is over.
    `if [ "$pb_h" = ${shellWord(line)} ] || [ -z "$pb_h" ]; then`,
    `  ${lastText(line)}`,
    '  rm -f "$pb_l" || pb_no "cannot remove $pb_l"',
    `  ${claims}; if [ -d "$pb_c" ] && [ ! -L "$pb_c" ] && [ -O "$pb_c" ]; then rm -rf "$pb_c/"${shellWord(run)}; rmdir "$pb_c" 2>/dev/null; fi`,
    `  ${sweepText}`,
    '  find "$pb_d/." ! -name . -prune -type f -name "${pb_l##*/}.*" -mtime +1 -exec rm -f {} + 2>/dev/null',
    'fi',
  ].join('\n');
}

/** Forgets claims in `$pb_c` that nothing was added to for 30 days, unless the run of `$pb_l` made them. */
export const sweepText = [
  'pb_k=,; { IFS=" " read -r pb_k pb_x <"$pb_l"; } 2>/dev/null',
  '[ ! -d "$pb_c" ] || [ -L "$pb_c" ] || [ ! -O "$pb_c" ] ||',
  '  find "$pb_c/." ! -name . -prune -type d -mtime +30 ! -name "${pb_k:-,}" -exec rm -rf {} + 2>/dev/null',
].join('\n');
