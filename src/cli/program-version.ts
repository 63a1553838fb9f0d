// The version of this program, from its own package.json.
import { readFileSync } from 'node:fs';

/** The version as `--version` prints it. */
export function programVersion(): string {
  // Two floors up from dist/cli.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
