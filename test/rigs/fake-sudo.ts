// A `sudo` for tests, with the manners of real ones: lecture, prompt in the words it was told, a wrong password asked
// again, no password at all, a wish for a terminal, other users refused.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How this sudo behaves. */
export interface SudoManners {
  /** The right password; nobody is asked when there is none. */
  readonly password?: string;
  /** Shell text that is run before anything else, such as a lecture on stderr. */
  readonly before?: string;
  /** How often it asks (sudo's passwd_tries). */
  readonly tries?: number;
  /** Shell text that is run when the user may not do this at all. */
  readonly refuses?: string;
}

/** Writes it into a directory, which is to be first in PATH. */
export async function writeFakeSudo(
  directory: string,
  { password, before = '', tries = 3, refuses }: SudoManners,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const ask = `
i=0
while :; do
  printf '%s' "$prompt" >&2
  IFS= read -r given || { echo >&2; echo 'sudo: no password was provided' >&2; exit 1; }
  echo >&2
  [ "$given" = '${password ?? ''}' ] && break
  i=$((i + 1))
  [ $i -lt ${tries} ] || { echo "sudo: $i incorrect password attempts" >&2; exit 1; }
  echo 'すみません、もう一度お試しください。' >&2
done`;
  const script = `#!/bin/sh
${before}
user= prompt=
while [ $# -gt 0 ]; do
  case $1 in
    -S | -H) shift ;;
    -p) prompt=$2; shift 2 ;;
    -u) user=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "sudo: unknown option $1" >&2; exit 1 ;;
  esac
done
${refuses === undefined ? '' : `${refuses}\nexit 1`}
${password === undefined ? '' : ask}
exec env -i PATH="$PATH" HOME="/home/$user" USER="$user" SUDO_USER=admin SUDO_PROMPT="$prompt" "$@"
`;
  const file = join(directory, 'sudo');
  await writeFile(file, script);
  await chmod(file, 0o755);
  return directory;
}
