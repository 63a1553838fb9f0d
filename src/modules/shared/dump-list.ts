// The table of contents of a dump, as `pg_restore --list` prints it and `-L` takes it back: which lines to restore.
// Leaving a schema out of the dump is not enough, since its triggers on the tables of others are dumped with those.

/** Kinds of more than one word; all others are one. */
const longKinds = [
  'ACCESS METHOD',
  'CHECK CONSTRAINT',
  'DEFAULT ACL',
  'EVENT TRIGGER',
  'FK CONSTRAINT',
  'FOREIGN DATA WRAPPER',
  'FOREIGN SERVER',
  'FOREIGN TABLE',
  'INDEX ATTACH',
  'LARGE OBJECT',
  'MATERIALIZED VIEW DATA',
  'MATERIALIZED VIEW',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'SHELL TYPE',
  'TABLE ATTACH',
  'TABLE DATA',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'USER MAPPING',
].toSorted((left, right) => right.length - left.length);

/** `id; catalog oid KIND schema rest`. */
const entry = new RegExp(`^\\d+; \\d+ \\d+ (${longKinds.join('|')}|[A-Z]+) (\\S+) (.*)$`);

/** The list without what is in these schemas, is said of them, or is a trigger that is named after one of them. */
export function withoutSchemas(list: string, schemas: readonly string[]): string {
  return list
    .split('\n')
    .filter((line) => !belongs(line, schemas))
    .join('\n');
}

function belongs(line: string, schemas: readonly string[]): boolean {
  const [, kind = '', schema = '', rest = ''] = entry.exec(line) ?? [];
  if (kind === '') return false;
  if (schemas.includes(schema)) return true;
  const words = rest.split(' ');
  // Slony-I names its triggers after its schema: `_slony_logtrigger` stands on a table of `public`.
  if (kind === 'TRIGGER') return schemas.some((each) => words[1] === each || words[1]?.startsWith(`${each}_`) === true);
  if (schema !== '-') return false;
  return schemas.includes((words[0] === 'SCHEMA' ? words[1] : kind === 'SCHEMA' ? words[0] : undefined) ?? '');
}

/** How many tables have data in the dump. */
export function tablesIn(list: string): number {
  return list.split('\n').filter((line) => entry.exec(line)?.[1] === 'TABLE DATA').length;
}
