// What is wrong with values in the places where a template quotes them: commands, shell scripts and SQL.
import type { CodeEntries } from './entry.js';

/** The codes of commands, scripts and SQL. */
export const placeCodes = {
  'command/empty': {
    means: 'A command has no word that names a program.',
    help: 'Write the program first; a list that may be empty cannot name it.',
    example: '      command: "{{ nothing }}"',
  },
  'command/list-in-word': {
    means: 'A list stands inside of a word of a command, and a list becomes several arguments.',
    help: 'Put spaces around it and no quotes, or write `{{join x ","}}`.',
    example: '      command: echo --list={{ list }}',
  },
  'command/no-value-here': {
    means: 'A value stands right after a backslash, which would swallow a part of it.',
    help: 'Take the backslash out: a value needs no quoting of yours.',
    example: '      command: echo a\\\\{{ word }}',
  },
  'command/open-quote': {
    means: 'A quote or backslash of a command is never closed.',
    help: 'Close it, or give the words as a list with `argv`.',
    example: '      command: echo "it\'s',
  },
  'shell/no-value-here': {
    means: 'A value stands where no shell can quote it safely: in backticks, comments, here-documents and the like.',
    help: 'Put it into a shell variable first: `x={{x}}`, then use `$x`.',
    example: '      shell: echo `date {{ word }}`',
  },
  'shell/nul': {
    means: 'A value holds a NUL byte, which no argument of a command can hold.',
    help: 'Send it as a file, or encode it with `b64encode`.',
    example: '      shell: echo {{ nul }}',
  },
  'shell/open-quote': {
    means: 'A quote of a shell script is never closed.',
    help: 'Close it; an apostrophe in a text needs double quotes around it.',
    example: '      shell: echo "it\'s {{ word }}',
  },
  'sql/glued-value': {
    means: 'A value stands right beside a word or another value, and would become part of it.',
    help: 'Put a space between them; a part of a text is written `a || b`, a name is one `{{ident x}}`.',
    example: '      sql: { query: "select a{{ word }}" }',
  },
  'sql/no-value-here': {
    means: 'A value stands inside of quotes or a comment of SQL, where nothing can be bound.',
    help: 'Take the quotes away: the value is sent as a bound parameter.',
    example: '      sql: { query: "select \'{{ word }}\'" }',
  },
  'sql/not-an-identifier': {
    means: '`{{ident x}}` was given something else than a text.',
    help: 'Give it one name.',
    example: '      sql: { query: "select {{ident list}}" }',
  },
  'sql/nul': {
    means: 'A value with a NUL byte stands in SQL, and no text of PostgreSQL can hold one.',
    help: "Take it out of the value, or send it as bytes: `decode({{b64encode x}}, 'base64')`.",
    example: '      sql: { query: "select {{ nul }}" }',
  },
  'sql/open-quote': {
    means: 'A quote or comment of an SQL text is never closed.',
    help: "Close it; an apostrophe in a text is written twice: 'it''s'.",
    example: '      sql: { query: "select \'it" }',
  },
  'sql/own-parameter': {
    means: 'The SQL numbers a parameter (`$1`) itself, and parameters are numbered for you.',
    help: 'Write the value: `{{x}}`.',
    example: '      sql: { query: "select $1, {{ word }}" }',
  },
} satisfies CodeEntries;
