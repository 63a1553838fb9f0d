// The version of this program, from its own package.json.
import { readFileSync } from 'node:fs';
import { programRoot } from '../core/program-root.js';

/** The version as `--version` prints it. */
export function programVersion(): string {
  const text = readFileSync(new URL('package.json', programRoot), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
