// The far side of a kept shell: a loop that reads a request, runs it in a subshell, and answers. A request is a line of
// words (`NONCE MANNER LINES INPUT`), that many lines of script, and one line of input if there is any. Each has a nonce
// of its own that no command ever learns, so nothing that a command says is taken for an answer.
//
// `spooled`: the command may start what outlives it and holds its output, so that goes to two files of its own and comes
// back when the command has ended. `direct`: a script of ours, which leaves nothing behind; it speaks on the channel.
//
// All of it is one line: shells count the lines of what they `eval` from there, and a script's messages are to have its own.
import { outputLimitBytes } from './output.js';

/** How the output of a request comes back. */
export type SpeechManner = 'spooled' | 'direct';

/** The word that the loop says once, behind the marker of the shell, with its directory. */
export const readyWord = 'ready';

/** The words by which it says that it has no place for the output, so that nothing was run. */
export const noPlaceWord = 'no';

/** Asks for no command, but that what earlier ones said is removed. Nothing is answered. */
export const tidyWord = 'tidy';

/** The marker by which a script of ours says what it has to say instead of its command. */
export function scriptMarker(nonce: string): string {
  return `playbook-${nonce}`;
}

/** The marker of an answer, in which the other one does not occur. */
export function endMarker(nonce: string): string {
  return `playbook-end-${nonce}`;
}

/** How many commands may leave their output before it is removed. */
const kept = 16;

/** `ulimit -f` counts blocks of 512 bytes, in some shells of 1024. */
const outputBlocks = outputLimitBytes / 512 + 1;

/** A subshell that is no process of its own, as some ksh have it, could not be ended alone. */
const forks = `! [ -r /proc/self/stat ] || ( IFS=' ' read -r pb_x pb_y </proc/self/stat; [ "$pb_x" -ne $$ ] ) || exit 125`;

const ownNames = 'pb_a pb_b pb_d pb_e pb_f pb_g pb_i pb_j pb_k pb_n pb_nl pb_o pb_rc pb_v pb_x pb_y';

/** Runs the request in the subshell; of ours only the marker is left there, for what a fence has to say. */
const run = [
  'case $pb_v in *-octal) pb_p=$(printf %b "$pb_p") ;; esac',
  `unset ${ownNames}`,
  'unset -f pb_tell pb_read',
  'set --',
  'eval "$pb_p"',
].join('; ');

/** A look has no business with large files; this also bounds what it says. */
const spooled = `exec 5>&-; ulimit -f ${outputBlocks} 2>/dev/null; ${run}`;
const direct = `exec 2>&5 5>&-; ${run}`;

/** The signal of a command that one ended: the shell speaks up for those, and 128 and more may be an exit code too. */
const signal = 'pb_k=0; [ ! -s "$pb_d/said" ] || { [ $pb_rc -le 128 ] || pb_k=$((pb_rc - 128)); true >"$pb_d/said"; }';

/** The script for the starter; without a place of its own the shell ends with 125. */
export const keptShellLoop = [
  forks,
  'pb_b=/dev/shm; { [ -d $pb_b ] && [ -w $pb_b ]; } || pb_b=${TMPDIR:-/tmp}',
  'pb_d=$(umask 077; mktemp -d "$pb_b/playbook-shell.XXXXXXXXXX") || exit 125',
  `trap 'rm -rf "$pb_d"' 0; trap 'exit 129' HUP; trap 'exit 143' TERM; trap : PIPE`,
  'pb_nl=$(printf "\\nx"); pb_nl=${pb_nl%x}; pb_n=0',
  'exec 5>&2 2>>"$pb_d/said"',
  'pb_read() { pb_p=; while [ "$pb_k" -gt 0 ]; do IFS= read -r pb_x || exit 125; pb_p=$pb_p$pb_x$pb_nl; pb_k=$((pb_k - 1)); done; pb_i=; [ "$pb_j" -eq 0 ] || IFS= read -r pb_i || exit 125; }',
  `pb_tell() { ${signal}; if [ -s "$pb_o" ] || [ -s "$pb_e" ]; then echo "$pb_a $pb_rc $pb_k 1" >"$pb_d/m"; cat "$pb_o" "$pb_d/m" "$pb_e" "$pb_d/m"; else echo "$pb_a $pb_rc $pb_k 0"; fi; [ $((pb_n % ${kept})) -ne 0 ] || rm -f "$pb_d"/[oe]*; }`,
  `echo "$pb_m ${readyWord} $pb_d"`,
  [
    `while IFS=' ' read -r pb_m pb_v pb_k pb_j; do pb_a=${endMarker('$pb_m')}; pb_m=${scriptMarker('$pb_m')}; case $pb_v in`,
    `${tidyWord}) rm -f "$pb_d"/[oe]* ;;`,
    'spooled*) pb_read; pb_n=$((pb_n + 1)); pb_o=$pb_d/o$pb_n pb_e=$pb_d/e$pb_n;',
    `if { true >"$pb_o" && true >"$pb_e"; } 2>/dev/null; then`,
    `if [ "$pb_j" -eq 0 ]; then ( ${spooled} ) </dev/null >"$pb_o" 2>"$pb_e";`,
    `else printf %b "$pb_i" | ( ${spooled} ) >"$pb_o" 2>"$pb_e"; fi;`,
    `pb_rc=$?; pb_tell; else echo "$pb_a ${noPlaceWord}"; fi ;;`,
    'direct*) pb_read;',
    `if [ "$pb_j" -eq 0 ]; then ( ${direct} ) </dev/null;`,
    `else printf %b "$pb_i" | ( ${direct} ); fi;`,
    `pb_rc=$?; ${signal}; echo "$pb_a" >&5; echo "$pb_a $pb_rc $pb_k 0" ;;`,
    '*) exit 125 ;; esac; done; exit 0',
  ].join(' '),
].join('; ');
