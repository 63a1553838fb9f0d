// The questions that a preflight asks of a host about its files, programs and services: all of one user's in one POSIX
// shell script, so that they take one round trip, and each with one line of answer. Nothing in it writes.
import type { Command } from '../core/connection.js';
import type { Needs } from '../core/needs.js';
import { shellWords } from '../core/quote.js';

/** One question; the name of its shell function, and what it is asked about. */
export interface Question {
  readonly kind: 'program' | 'file' | 'directory' | 'place' | 'make' | 'service';
  readonly about: string;
}

/** An answer: a word, and a number where one belongs to it. */
export interface Answer {
  readonly word: string;
  /** Free space in KiB, of a place that can be written. */
  readonly freeKib?: number;
}

/** What a program is looked for as: a path from the directory in which it is run, or a name. */
export function programPath(program: string, chdir: string | undefined): string {
  return program.includes('/') && !program.startsWith('/') && chdir !== undefined ? `${chdir}/${program}` : program;
}

/** Every question that the needs of a task raise. */
export function questionsOf(needs: Needs): readonly Question[] {
  const { programs = [], chdir, files = [], writes = [], makes = [], services = [] } = needs;
  return [
    ...programs.map((each): Question => ({ kind: 'program', about: programPath(each, chdir) })),
    ...(chdir === undefined ? [] : [{ kind: 'directory', about: chdir } as const]),
    ...files.flat().map((about): Question => ({ kind: 'file', about })),
    ...writes.map(({ path }): Question => ({ kind: 'place', about: path })),
    ...makes.map((about): Question => ({ kind: 'make', about })),
    ...services.map((about): Question => ({ kind: 'service', about })),
  ];
}

/** A question as the key of its answer. */
export function keyOf({ kind, about }: Question): string {
  return `${kind} ${about}`;
}

// The PATH is walked and not asked by `command -v`, which takes a builtin of the shell for a program. What may not be
// looked at is not missing, and only the words of the system tell the two apart.
const functions = `LC_ALL=C; export LC_ALL; set -f
plain() { case $1 in /*) printf %s "$1";; *) printf ./%s "$1";; esac; }
ask_program() {
  case $1 in */*) runs "$(plain "$1")"; return;; esac
  found=no
  IFS=:; for each in $PATH; do
    case $(runs "\${each:-.}/$1") in yes) found=yes; break;; denied) found=denied;; esac
  done; unset IFS
  echo "$found"
}
runs() { if [ -f "$1" ] && [ -x "$1" ]; then echo yes; elif [ -e "$1" ]; then echo denied; else missing "$1"; fi; }
missing() {
  case $(ls -dL -- "$1" 2>&1) in *'No such file'*|*'Not a directory'*) echo no;; *) echo hidden;; esac
}
ask_file() { p=$(plain "$1"); if [ -e "$p" ] || [ -L "$p" ]; then echo yes; else missing "$p"; fi; }
ask_directory() { p=$(plain "$1"); if [ -d "$p" ]; then echo yes; elif [ -e "$p" ]; then echo no; else missing "$p"; fi; }
parent() { d=\${1%/*}; printf %s "\${d:-/}"; }
room() { df -Pk -- "$1" 2>/dev/null | { read -r line; read -r device all used free rest; [ "\${all:-0}" -gt 0 ] 2>/dev/null && echo yes $free || echo yes; }; }
takes() { if [ -w "$1" ] && [ -x "$1" ]; then room "$1"; else echo "$2"; fi; }
ask_place() {
  p=$(plain "$1"); d=$(parent "$p")
  if [ -d "$d" ]; then if [ -e "$p" ]; then takes "$d" kept; else takes "$d" readonly; fi
  elif [ -e "$d" ]; then echo no; else missing "$d"; fi
}
ask_make() {
  p=$(plain "$1")
  if [ -d "$p" ]; then echo yes; return; fi
  while [ ! -e "$p" ] && [ "$p" != / ] && [ "$p" != . ]; do p=$(parent "$p"); done
  if [ -d "$p" ]; then takes "$p" readonly; else echo no; fi
}
ask_service() {
  PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
  if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    case $(systemctl show -p LoadState -- "$1" 2>/dev/null) in *=not-found*|*=error*|'') ;; *) echo yes; return;; esac
  fi
  for each in /etc/init.d /etc/rc.d/init.d; do if [ -f "$each/$1" ]; then echo yes; return; fi; done
  command -v service >/dev/null 2>&1 || { echo no; return; }
  case $(service "$1" status 2>&1 </dev/null) in
    *'unrecognized service'*|*[Uu]'nknown service'*|*[Uu]'nknown job'*|*'could not be found'*) echo no;; *) echo yes;;
  esac
}
`;

/** One script that asks all of them; each answer stands on a line of its own, after the number of its question. */
export function questionScript(questions: readonly Question[]): Command {
  const asked = questions.map(({ kind, about }, index) => `echo "${index} $(ask_${kind} ${shellWords([about])})"`);
  return { kind: 'shell', script: [functions, ...asked].join('\n') };
}

/** The answers by the keys of their questions; a question without one was not answered. */
export function answersIn(stdout: string, questions: readonly Question[]): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const [, index = '', word = '', free] of stdout.matchAll(/^(\d+) (\w+)(?: (\d+))?$/gm)) {
    const question = questions[Number(index)];
    if (question !== undefined)
      answers.set(keyOf(question), { word, ...(free === undefined ? {} : { freeKib: Number(free) }) });
  }
  return answers;
}
