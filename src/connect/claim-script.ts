// How a command runs at most once, however often it is sent. The gate is one `ln` of a file that names the process which
// will run the command: the kernel grants it to one, and the claim is there with all that tells later whether that process
// still lives, so no moment is in between. Behind the gate that process (the keeper) starts the command in a shell of its
// own, waits for it, and leaves its exit code by temp, sync and rename. Keeper and command hold nothing of the link, so
// they outlive it; whoever sends the command again reads their spool. The sender waits for the keeper as its child, so
// an end is known at once; only one that comes later looks again and again.
import { shellWord, shellWords } from '../core/quote.js';
import type { ExecRequest } from '../core/connection.js';
import { ownProcess } from '../core/own-process.js';
import { WorldError } from '../core/world-error.js';
import { isName } from './hold-record.js';
import { sweepText } from './hold-script.js';
import { outputLimitBytes } from './output.js';
import { identityText } from './process-identity.js';
import { changeDirectory, commandScript, encodeScript, fenceCheck, shellOf } from './shell-command.js';

/** The words after the marker by which a script says what became of a claim. */
export const claimWords = {
  ended: 'ended',
  gone: 'gone',
  over: 'over',
  short: 'short',
  state: 'state',
  untold: 'untold',
} as const;

/** A ksh tells of a signal by 256 and more, and all others by 128 and more. */
const usualCode = '[ $pb_rc -le 256 ] || pb_rc=$((pb_rc - 128))';

/** Exit codes of the keeper, which nobody else sees. */
const taken = 97;
const fenced = 98;

/** Functions that tell of a claim: `pb_read FILE`, then `pb_lives` until `$pb_w/rc` is there. */
export const claimFunctions = [
  identityText,
  'pb_read() {',
  `  pb_1= pb_2= pb_3= pb_4=; { IFS=' ' read -r pb_1 pb_2 pb_3 pb_4 <"$1"; } 2>/dev/null`,
  '}',
  'pb_lives() {',
  '  pb_read "$pb_r/$1"; [ "$pb_4" ] || return 1; pb_w=$pb_r/$pb_4',
  '  pb_alive "$pb_1" "$pb_2" "$pb_3" && return',
  '  pb_read "$pb_w/ran"; [ "$pb_4" ] && pb_alive "$pb_1" "$pb_2" "$pb_3"',
  '}',
  // Only a line that was written to its end counts.
  `pb_ended() { pb_read "$pb_w/rc"; [ "$pb_1" = ended ] && [ "$pb_4" = . ]; }`,
].join('\n');

/** The script is read on the first line, so that the lines of its messages are its own. */
const commandLine = 'eval "$1"; set --; eval "$(printf %b "$pb_p")"';

/** What the shell of a command does first: it says who it is, and takes its script from a pipe that it closes. */
function commandShell(from: '0' | '3', input: string): string {
  const close = from === '3' ? 'exec 3<&-; ' : '';
  return [
    `IFS= read -r pb_p <&${from} || exit 125; ${close}pb_w=$2 pb_u=$3`,
    identityText,
    'pb_start $$; echo "$$ ${pb_s:--} $pb_boot ${pb_group:-$$}" >"$pb_w/ran"',
    `umask "$pb_u"; ${input}unset pb_w pb_u pb_s pb_group pb_boot; unset -f pb_start pb_alive pb_moment`,
  ].join('\n');
}

/** The script of a request with a claim. */
export function claimScript(host: string, stateDirectory: string, request: ExecRequest): string {
  const { claim, fence, stdin } = request;
  if (claim === undefined || fence === undefined || !isName(claim.name) || !isName(fence.run)) {
    throw new WorldError('failed', `a command for \`${host}\` has no fence, or a claim that cannot be a file name`);
  }
  const once = claim.manner === 'once';
  if (once && ((stdin !== undefined && !(stdin instanceof Uint8Array)) || request.onStdout !== undefined)) {
    throw new WorldError('failed', `a command for \`${host}\` that runs once can neither read nor write a stream`);
  }
  const check = fenceCheck(stateDirectory, fence);
  return [
    check,
    ownProcess('pb_me'),
    'pb_u=$(umask); umask 077',
    `pb_l=${shellWord(`${stateDirectory}.lock`)} pb_c=${shellWord(`${stateDirectory}-`)}$(id -u) pb_a=${shellWord(claim.name)}`,
    `pb_r=$pb_c/${shellWord(fence.run)} pb_w=$pb_r/,$pb_me\${pb_m#*-} pb_q=${shellWord(encodeScript(commandScript(host, request)).trimEnd())}`,
    'pb_say() { echo "$pb_m $*" >&2; exit 125; }',
    directoryText,
    claimFunctions,
    once ? attachOnce(request) : attachWatched(request),
    '[ ! -e "$pb_r/$pb_a" ] || pb_attach',
    // Behind the attach: the command may have moved its own directory away.
    request.chdir === undefined ? '' : changeDirectory(request.chdir),
    `mkdir "$pb_w" || pb_say ${claimWords.state} "$pb_w cannot be made"`,
    once ? onceText(request, check) : watchedText(request),
  ].join('\n');
}

/** The place of our claims is ours alone, whoever made it. */
const directoryText = [
  'if [ ! -d "$pb_r" ]; then',
  // Everybody may pass through what is above, as through /var/tmp.
  '  [ -d "${pb_c%/*}" ] || (umask 022; mkdir -p "${pb_c%/*}")',
  '  [ -d "$pb_c" ] || mkdir "$pb_c" 2>/dev/null',
  'fi',
  'if [ -L "$pb_c" ] || [ ! -d "$pb_c" ] || [ ! -O "$pb_c" ]; then',
  `  pb_say ${claimWords.state} "$pb_c is not a directory of this user, or cannot be made"`,
  'fi',
  'case $(LC_ALL=C ls -ld "$pb_c") in',
  `  drwx------*) ;; *) pb_say ${claimWords.state} "$pb_c is open to others (its mode must be 0700)" ;;`,
  'esac',
  `if [ ! -d "$pb_r" ] && mkdir "$pb_r" 2>/dev/null; then ${sweepText.replaceAll('\n', ' ').replace(' [ ! -d', '\n[ ! -d')}`,
  'fi',
].join('\n');

/** Makes the claim of process `$1`; what is in it and that it is there reach the disk before anything is started. */
const gate = [
  'pb_gate() {',
  '  pb_start "$1"; echo "$1 ${pb_s:--} $pb_boot ${pb_w##*/}" >"$pb_w/who" || return 1',
  '  ln "$pb_w/who" "$pb_r/$pb_a" || return 1',
  '  sync "$pb_r/$pb_a" "$pb_r" "$pb_c" 2>/dev/null; return 0',
  '}',
  // The shell speaks up for a command that died of a signal, and for nothing else; 128 and more may be an exit code too.
  'pb_leave() {',
  '  pb_k=0; if [ "$1" -gt 128 ] && [ -s "$pb_w/said" ]; then pb_k=$(($1 - 128)); fi',
  '  echo "ended $1 $pb_k ." >"$pb_w/rc.new"; sync "$pb_w/rc.new" 2>/dev/null; mv -f "$pb_w/rc.new" "$pb_w/rc"',
  '}',
  // Ends as the command ended; what a shell that was killed ends with too is said in words.
  `pb_end() { [ "$1" -gt 128 ] || exit "$1"; pb_say ${claimWords.ended} "$1 $2"; }`,
].join('\n');

function attachOnce({ onLine }: ExecRequest): string {
  const tell = onLine === undefined ? ':' : 'pb_tell';
  return [
    gate,
    // A process less for each stream on which nothing was said.
    'pb_tell() { [ ! -s "$pb_w/out" ] || cat <&8; [ ! -s "$pb_w/err" ] || cat <&9 >&2; }',
    'pb_attach() {',
    '  pb_lives "$pb_a"',
    // Behind one open file each, whoever reads on goes on where the last one stopped.
    `  { exec 8<"$pb_w/out" 9<"$pb_w/err"; } || pb_say ${claimWords.gone}`,
    '  pb_finish',
    '}',
    'pb_finish() {',
    '  until pb_ended; do',
    `    if ! pb_lives "$pb_a"; then pb_ended && break; pb_tell; pb_say ${claimWords.gone}; fi`,
    `    ${tell}; pb_moment`,
    '  done',
    '  pb_rc=$pb_2 pb_k=$pb_3',
    `  [ ! -e "$pb_w/over" ] || pb_say ${claimWords.over}`,
    '  pb_tell; pb_end "$pb_rc" "$pb_k"',
    '}',
  ].join('\n');
}

function onceText(request: ExecRequest, check: string): string {
  const { stdin, onLine } = request;
  const shell = shellOf(request.command);
  const input = stdin === undefined ? 'exec </dev/null; ' : 'exec <"$pb_w/in"; ';
  const words = shellWords([shell.path, '-c', commandLine, shell.name, commandShell('0', input)]);
  return [
    ...(stdin instanceof Uint8Array
      ? [
          'cat >"$pb_w/in"; pb_x=$(wc -c <"$pb_w/in")',
          `[ "$pb_x" -eq ${stdin.length} ] || { rm -rf "$pb_w"; pb_say ${claimWords.short}; }`,
        ]
      : []),
    `: >"$pb_w/out" && : >"$pb_w/err" && : >"$pb_w/said" || pb_say ${claimWords.state} "$pb_w cannot be written to"`,
    'exec 8<"$pb_w/out" 9<"$pb_w/err"',
    'pb_s=; command -v setsid >/dev/null 2>&1 && pb_set=setsid || pb_set=',
    ...(onLine === undefined ? [] : [tellerText]),
    '(',
    'exec 8<&- 9<&- </dev/null >/dev/null 2>>"$pb_w/said"; trap : HUP INT TERM QUIT PIPE',
    ownProcess('pb_i'),
    `( pb_m=; ${check}\n) 2>/dev/null || exit ${fenced}`,
    `pb_gate "$pb_i" 2>"$pb_w/gate" || exit ${taken}`,
    watcherText,
    `printf '%s\\n' "$pb_q" | $pb_set ${words} "$pb_w" "$pb_u" >>"$pb_w/out" 2>>"$pb_w/err"`,
    `pb_rc=$?; ${usualCode}; kill "$pb_y" 2>/dev/null`,
    'if [ -e "$pb_w/over" ]; then : >"$pb_w/out"; : >"$pb_w/err"; fi',
    'pb_leave "$pb_rc"; exit 0',
    ') 2>/dev/null',
    'pb_x=$?',
    ...(onLine === undefined ? [] : ['kill -s TERM "$pb_t"; wait "$pb_t"']),
    `if [ $pb_x -eq ${fenced} ]; then rm -rf "$pb_w"; ${check}`,
    'fi',
    `if [ $pb_x -eq ${taken} ]; then`,
    `  [ -e "$pb_r/$pb_a" ] || pb_say ${claimWords.state} "$(tail -n 1 "$pb_w/gate" 2>/dev/null)"`,
    '  rm -rf "$pb_w"; pb_attach',
    'fi',
    `[ -e "$pb_r/$pb_a" ] || pb_say ${claimWords.state} "the claim was not made"`,
    'pb_finish',
  ].join('\n');
}

/** Tells what comes while the sender waits; the word to stop wakes it, and it leaves nothing untold of what it began. */
const tellerText = [
  `( pb_y=; trap 'pb_y=1' TERM`,
  'until [ "$pb_y" ]; do pb_tell; sleep 0.2 </dev/null >/dev/null 2>&1 & wait $!; done',
  ') & pb_t=$!',
].join('\n');

/** A command that says more than anyone may must not fill the disk. */
const watcherText = [
  '( trap - TERM; exec 2>/dev/null; while sleep 0.5 || sleep 1; do',
  `  if [ "$(find "$pb_w/out" "$pb_w/err" -size +${outputLimitBytes}c)" ]; then`,
  '    : >"$pb_w/over"; pb_read "$pb_w/ran"; kill -s TERM -- "-$pb_4"; sleep 2; kill -s KILL -- "-$pb_4"',
  '  fi',
  '  pb_lives "$pb_a" || exit',
  'done ) & pb_y=$!',
].join('\n');

function attachWatched({ onStdout }: ExecRequest): string {
  return [
    gate,
    'pb_attach() {',
    '  pb_lives "$pb_a"',
    `  until pb_ended; do pb_lives "$pb_a" || { pb_ended && break; pb_say ${claimWords.gone}; }; pb_moment; done`,
    ...(onStdout === undefined ? [] : [`  pb_say ${claimWords.untold} "$pb_2"`]),
    '  pb_end "$pb_2" "$pb_3"',
    '}',
  ].join('\n');
}

function watchedText(request: ExecRequest): string {
  const shell = shellOf(request.command);
  const input = request.stdin === undefined ? 'exec </dev/null; ' : '';
  const words = shellWords([shell.path, '-c', commandLine, shell.name, commandShell('3', input)]);
  return [
    'pb_gate "$pb_me" 2>"$pb_w/gate" || {',
    `  [ -e "$pb_r/$pb_a" ] || pb_say ${claimWords.state} "$(tail -n 1 "$pb_w/gate")"`,
    '  rm -rf "$pb_w"; pb_attach',
    '}',
    'trap : HUP INT TERM QUIT PIPE; exec 4<&0 5>&2 2>"$pb_w/said"',
    `printf '%s\\n' "$pb_q" | ( exec 3<&0 <&4 4<&- 2>&5 5>&-; exec ${words} "$pb_w" "$pb_u" )`,
    `pb_rc=$?; ${usualCode}; exec 2>&5 5>&- 4<&-`,
    'pb_leave "$pb_rc"; pb_end "$pb_rc" "$pb_k"',
  ].join('\n');
}

/** Ends what runs under a claim, whoever started it, with the group of the shell that was to start it: TERM, then KILL after 2 s. */
export function endClaimText(stateDirectory: string, request: ExecRequest, group: number): string {
  const { claim, fence } = request;
  return [
    `pb_r=${shellWord(`${stateDirectory}-`)}$(id -u)/${shellWord(fence?.run ?? '')} pb_a=${shellWord(claim?.name ?? '')}`,
    claimFunctions,
    // The command's own group, once it has one: the keeper is left to write down how it ended.
    'pb_group_of() { pb_g=; pb_lives "$pb_a" && [ -e "$pb_w/ran" ] && pb_read "$pb_w/ran" && pb_g=$pb_4; }',
    `pb_send() { pb_group_of; if [ "$pb_g" ]; then kill -s "$1" -- "-$pb_g"; fi 2>/dev/null; }`,
    'pb_x=; alive() { pb_lives "$pb_a"; }',
    `kill -s TERM -- -${group} 2>/dev/null; pb_i=0`,
    'while [ $pb_i -lt 20 ]; do',
    '  alive || { pb_moment; alive || exit 0; }; [ "$pb_x" ] || { pb_send TERM; pb_x=$pb_g; }',
    '  pb_moment; pb_i=$((pb_i + 1))',
    'done',
    'pb_send KILL; pb_i=0',
    'while [ $pb_i -lt 10 ]; do alive || exit 0; pb_moment; pb_i=$((pb_i + 1)); done',
    `kill -s KILL -- -${group} 2>/dev/null; pb_moment`,
    'alive && exit 1; exit 0',
  ].join('\n');
}
