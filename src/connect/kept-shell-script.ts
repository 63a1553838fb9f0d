// The far side of a kept shell: a loop that reads a request, runs it in a subshell, and answers. A request is a line of
// words (`NONCE FORM LINES INPUT`), that many lines of script, and one line of input if there is any. Each has a nonce
// of its own that no command ever learns, so nothing that a command says is taken for an answer. What an answer ends
// with is said on both streams.
//
// Only scripts of ours run here, which leave nothing behind that could still speak: what an operator's command says goes
// to the spool of its claim, and its looks have a channel of their own.
//
// All of it is one line: shells count the lines of what they `eval` from there, and a script's messages are to have its own.

import { scriptMarker } from './script-words.js';

/** The word that the loop says once, behind the marker of the shell. */
export const readyWord = 'ready';

/** The marker of an answer, in which the other one does not occur. */
export function endMarker(nonce: string): string {
  return `playbook-end-${nonce}`;
}

/** Ends the shell where it could not keep its word. */
const conditions = [
  // A subshell that is no process of its own, as some ksh have it, could not be ended alone.
  `! [ -r /proc/self/stat ] || ( IFS=' ' read -r pb_x pb_y </proc/self/stat; [ "$pb_x" -ne $$ ] ) || exit 125`,
  // Without it a command that was started here would be ended with a later one.
  'command -v setsid >/dev/null 2>&1 || exit 125',
  // A program would show input and scripts in the list of processes.
  'case $(command -v printf) in /*) exit 125 ;; esac',
];

const read =
  'pb_p=; while [ "$pb_k" -gt 0 ]; do IFS= read -r pb_x || exit 125; pb_p=$pb_p$pb_x$pb_nl; pb_k=$((pb_k - 1)); done; pb_i=; [ "$pb_j" -eq 0 ] || IFS= read -r pb_i || exit 125';

/** Runs the request in the subshell; of ours only the marker is left there, for what a fence has to say. */
const run = [
  'exec 2>&5 5>&-',
  'cd "$pb_h" 2>/dev/null',
  '[ $pb_v = plain ] || pb_p=$(printf %b "$pb_p")',
  'unset pb_a pb_h pb_i pb_j pb_k pb_nl pb_rc pb_v pb_x pb_y; set --; eval "$pb_p"',
].join('; ');

/** The script for the starter; it ends with 125 where no shell can be kept. */
export const keptShellLoop = [
  ...conditions,
  'pb_nl=$(printf "\\nx"); pb_nl=${pb_nl%x}',
  // Whoever unmounts where the user is at home must not find us there.
  'pb_h=$PWD; cd /',
  // The shell's own words, as of a subshell that was killed, belong to no command.
  'exec 5>&2 2>/dev/null',
  `echo "$pb_m ${readyWord}"`,
  [
    "while IFS=' ' read -r pb_m pb_v pb_k pb_j; do",
    `pb_a=${endMarker('$pb_m')}; pb_m=${scriptMarker('$pb_m')}; ${read};`,
    `if [ "$pb_j" -eq 0 ]; then ( ${run} ) </dev/null; else printf %b "$pb_i" | ( ${run} ); fi;`,
    'pb_rc=$?; pb_p= pb_i=; echo "$pb_a" >&5; echo "$pb_a $pb_rc"; done; exit 0',
  ].join(' '),
].join('; ');
