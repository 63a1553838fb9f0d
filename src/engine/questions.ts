// The questions that a preflight asks of a host about its files, programs and services: all of one user's in one POSIX
// shell script, so that they take one round trip, and each with one line of answer. Nothing in it writes.
import type { Command } from '../core/connection.js';
import type { Needs } from '../core/needs.js';
import { shellWords } from '../core/quote.js';

/** One question; the name of its shell function, and what it is asked about. */
export interface Question {
  readonly kind: 'program' | 'searched' | 'file' | 'directory' | 'place' | 'make' | 'service';
  readonly about: string;
  /** Directories in which a program is looked for behind the PATH; `*` stands for any name. */
  readonly places?: readonly string[];
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
  const { programs = [], searched = [], chdir, files = [], writes = [], makes = [], services = [] } = needs;
  return [
    ...programs.map((each): Question => ({ kind: 'program', about: programPath(each, chdir) })),
    ...searched.map(({ name, places }): Question => ({ kind: 'searched', about: name, places })),
    ...(chdir === undefined ? [] : [{ kind: 'directory', about: chdir } as const]),
    ...files.flat().map((about): Question => ({ kind: 'file', about })),
    ...writes.map(({ path }): Question => ({ kind: 'place', about: path })),
    ...makes.map((about): Question => ({ kind: 'make', about })),
    ...services.map((about): Question => ({ kind: 'service', about })),
  ];
}

/** A question as the key of its answer. */
export function keyOf({ kind, about, places = [] }: Question): string {
  return [`${kind} ${about}`, ...places].join('\n');
}

// Each function leaves its answer in `r`, so that hundreds of questions start hardly a process. The PATH is walked and not
// asked by `command -v`, which takes a builtin of the shell for a program. What may not be looked at is not missing, and
// only the words of the system tell the two apart.
const functions = `LC_ALL=C; export LC_ALL; set -f
plain() { case $1 in /*) p=$1;; *) p=./$1;; esac; }
parent() { d=\${1%/*}; d=\${d:-/}; }
missing() { case $(ls -dL -- "$1" 2>&1) in *'No such file'*|*'Not a directory'*) r=no;; *) r=hidden;; esac; }
program() {
  case $1 in */*) plain "$1"; runs; return;; esac
  r=no
  IFS=:; for each in $PATH; do
    each=\${each:-.}/$1
    if [ -f "$each" ] && [ -x "$each" ]; then r=yes; break; elif [ -f "$each" ]; then r=denied; fi
  done; unset IFS
}
among() {
  name=$1; shift; program "$name"
  for each in "$@"; do [ "$r" = yes ] || { [ -f "$each/$name" ] && [ -x "$each/$name" ] && r=yes; }; done
}
runs() { if [ -f "$p" ] && [ -x "$p" ]; then r=yes; elif [ -e "$p" ]; then r=denied; else missing "$p"; fi; }
file() { plain "$1"; if [ -e "$p" ] || [ -L "$p" ]; then r=yes; else missing "$p"; fi; }
directory() { plain "$1"; if [ -d "$p" ]; then r=yes; elif [ -e "$p" ]; then r=no; else missing "$p"; fi; }
room() {
  [ "$1" = "$asked" ] || free=$(df -Pk -- "$1" 2>/dev/null | {
    read -r line; read -r device all used free rest; [ "\${all:-0}" -gt 0 ] 2>/dev/null && echo "$free"
  })
  asked=$1; r="yes $free"
}
takes() { if [ -w "$1" ] && [ -x "$1" ]; then room "$1"; else r=$2; fi; }
place() {
  plain "$1"; parent "$p"
  if [ -d "$d" ]; then if [ -e "$p" ]; then takes "$d" kept; else takes "$d" readonly; fi
  elif [ -e "$d" ]; then r=no; else missing "$d"; fi
}
make() {
  plain "$1"; r=yes
  if [ -d "$p" ]; then return; fi
  while [ ! -e "$p" ] && [ "$p" != / ] && [ "$p" != . ]; do parent "$p"; p=$d; done
  if [ -d "$p" ]; then takes "$p" readonly; else r=no; fi
}
knows() {
  if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    case $(systemctl show -p LoadState -- "$1" 2>/dev/null) in *=not-found*|*=error*|'') ;; *) r=yes; return;; esac
  fi
  for each in /etc/init.d /etc/rc.d/init.d; do if [ -f "$each/$1" ]; then r=yes; return; fi; done
  r=no
  command -v service >/dev/null 2>&1 || return
  case $(service "$1" status 2>&1 </dev/null) in
    *'unrecognized service'*|*[Uu]'nknown service'*|*[Uu]'nknown job'*|*'could not be found'*) ;; *) r=yes;;
  esac
}
managed() { own=$PATH; PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; knows "$1"; PATH=$own; }
asked=; free=
`;

const functionOf: Readonly<Record<Question['kind'], string>> = {
  program: 'program',
  searched: 'among',
  file: 'file',
  directory: 'directory',
  place: 'place',
  make: 'make',
  // Inside, the program `service` must stay what it is.
  service: 'managed',
};

/** One script that asks all of them; each answer stands on a line of its own, after the number of its question. */
export function questionScript(questions: readonly Question[]): Command {
  const asked = questions.map(({ kind, about, places = [] }, index) => {
    const words = [shellWords([about]), ...places.map(pattern)].join(' ');
    const line = `${functionOf[kind]} ${words}`;
    return `${places.length === 0 ? line : `set +f; ${line}; set -f`}; echo "${index} $r"`;
  });
  return { kind: 'shell', script: [functions, ...asked].join('\n') };
}

/** A place as a pattern of the shell, in which nothing but `*` has a meaning. */
function pattern(place: string): string {
  return place
    .split('*')
    .map((each) => (each === '' ? '' : shellWords([each])))
    .join('*');
}

/** The answers by the keys of their questions; a question without one was not answered. */
export function answersIn(stdout: string, questions: readonly Question[]): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const [, index = '', word = '', free] of stdout.matchAll(/^(\d+) (\w+)(?: (\d+))? ?$/gm)) {
    const question = questions[Number(index)];
    if (question !== undefined)
      answers.set(keyOf(question), { word, ...(free === undefined ? {} : { freeKib: Number(free) }) });
  }
  return answers;
}
