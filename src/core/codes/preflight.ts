// What a preflight can find: problems of the world, and not of words.
import type { CodeEntries } from './entry.js';

/** The codes of the preflight of the world. */
export const preflightCodes = {
  'preflight/become': {
    means: 'A task needs to become a user of a host, and sudo does not allow it.',
    help: 'Check `become_password` and the sudoers of the host; `playbook preflight` tries it again.',
    example: '- ping:\n  become: true',
  },
  'preflight/clock': {
    means: 'The clock of a host is more than a minute off the clock here. A run begins all the same.',
    help: 'Look at the time service of the host: times in names and logs will not agree.',
    example: 'date -s "1 hour ago"',
  },
  'preflight/database': {
    means: 'A task needs a database, and its server does not answer.',
    help: 'Check `pg_host`, `pg_port` and `pg_tls`, and that the server runs.',
    example: '- sql: { query: select 1 }',
  },
  'preflight/database-full': {
    means: 'The server of a database is there, and has no room for another session.',
    help: 'End sessions that nobody needs, or wait.',
    example: '- sql: { query: select 1 }',
  },
  'preflight/database-not-ready': {
    means: 'The server of a database is there, and takes no sessions now: it starts, stops or recovers.',
    help: 'Wait until it is ready, and look at its log.',
    example: '- sql: { query: select 1 }',
  },
  'preflight/login': {
    means: 'The server of a database is there, and has refused the login of `pg_user`.',
    help: 'Check `pg_user` and `pg_password`, and the pg_hba.conf of the server. That is no sign that the database is down.',
    example: '- sql: { query: select 1 }',
  },
  'preflight/held': {
    means: 'Another run holds a host that this one needs: one run at a time works on a host (exit code 6).',
    help: 'Wait for it. If it was cut off, `playbook resume RUN` goes on with it, and `playbook unlock RUN` gives it up.',
    example: 'playbook run site.yml -i hosts.yml & playbook run site.yml -i hosts.yml',
  },
  'preflight/hidden': {
    means: 'A file or directory that a task needs cannot be looked at by the user of the task.',
    help: 'Say `become: true`, or let the user in.',
    example: '- file: /root/.ssh/id_ed25519',
  },
  'preflight/lost': {
    means: "A host is not this run's any more: somebody unlocked it, or the run was taken up elsewhere (exit code 7).",
    help: 'Start a new run: it looks at everything again.',
    example: 'playbook unlock RUN; playbook resume RUN',
  },
  'preflight/no-answer': {
    means: 'A host did not answer what was asked of it before the run.',
    help: 'Look at what the message says; `playbook preflight` asks again.',
    example: '- command: /usr/local/bin/tool',
  },
  'preflight/no-database': {
    means: 'The server knows no database of the name that a task says.',
    help: "Check `pg_database` and the task's `database`.",
    example: '- sql: { database: fbd, query: select 1 }',
  },
  'preflight/no-directory': {
    means: 'A directory in which a task works or writes does not exist.',
    help: 'Let an earlier task make it, with `file: { state: directory }`.',
    example: '    - copy: { content: x, dest: /nowhere/file }',
  },
  'preflight/no-file': {
    means: 'A file that a task edits or reads does not exist on the host.',
    help: 'Check the path; `create: true` makes the file where a task has that argument.',
    example: '    - lineinfile: { path: /nowhere.txt, line: x }',
  },
  'preflight/no-program': {
    means: 'A program that a task runs does not exist on the host.',
    help: 'Install it, or say its path; a name is looked up on the PATH of the user that runs it.',
    example: '    - command: { cmd: nowhere-tool, chdir: /etc }',
  },
  'preflight/no-relation': {
    means: 'A statement names a table or schema that the database does not have.',
    help: 'Check the name, the database and the search_path of `pg_user`.',
    example: '- sql: { query: select count(*) from nothing }',
  },
  'preflight/no-service': {
    means: 'The host knows no service of the name that a task says.',
    help: 'Check the name; `absent_ok: true` is for what only some hosts have.',
    example: '    - service: { name: no-such-service, state: stopped }',
  },
  'preflight/no-space': {
    means: 'A file that a task writes is larger than what is free on its file system.',
    help: 'Free some space. A dump is held against the size of its database, and may fit all the same.',
    example: '- postgresql_dump: { database: fdb, dest: /full/fdb.dump }',
  },
  'preflight/not-executable': {
    means: 'What a task runs is there, and may not be executed.',
    help: 'Give it its execute bit, or let the task become a user who may.',
    example: '    - command: /etc/passwd',
  },
  'preflight/not-writable': {
    means: 'A directory in which a task writes cannot be written by the user of the task.',
    help: 'Say `become: true`, or give the user the right.',
    example: '- copy: { content: x, dest: /etc/file }',
  },
  'preflight/one-database': {
    means: 'Two hosts reach one and the same running server where each should have its own.',
    help: 'Check `pg_host` and `pg_port` of both: an address that moved, or a port that is forwarded.',
    example: 'spa: { pg_port: 5432 }\nspb: { pg_port: 5432 }',
  },
  'preflight/one-machine': {
    means: 'Two inventory names lead to one machine: the same kernel, and the same way in.',
    help: 'Check `ssh_host` and `ssh_port` of both: an address that moved, or a line that was copied.',
    example: 'spa: { ssh_host: 10.0.0.1 }\nspb: { ssh_host: 10.0.0.1 }',
  },
  'preflight/privilege': {
    means: 'The database would not let `pg_user` do what a statement says.',
    help: 'Grant it the right, or use another user.',
    example: '- sql: { change: delete from ledger }',
  },
  'preflight/statement': {
    means: 'The database would not take a statement of a task.',
    help: 'Look at what the server says of it.',
    example: '- sql: { query: select nothing from pg_class }',
  },
  'preflight/unreachable': {
    means:
      'A host cannot be reached. That is an error where a task needs it; a run leaves it to the task, because a playbook may know that a host is dead.',
    help: "Bring it back; or leave it out by `when: reachable != 'none'` or `--limit`.",
    example: '- ping:',
  },
  'preflight/state-directory': {
    means: 'A host cannot keep who holds it: its `state_directory` is not usable.',
    help: 'Set `state_directory` to an absolute path that the login user may write beside, as `/var/tmp/playbook`.',
    example: 'all: { vars: { state_directory: /proc/playbook } }',
  },
} satisfies CodeEntries;
