// Where this program lies: the directory of its package.json.

/** The URL of the directory, which ends with `/`. Every file of the program, in src and in dist, is two floors below it. */
export const programRoot = new URL('../../', import.meta.url);
