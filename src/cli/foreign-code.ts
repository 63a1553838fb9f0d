// Nothing of the directory in which somebody stands becomes code of this program: there are no plugins, and no settings but
// those that are named. Node itself has one door, and a command that goes to hosts says when it is open.
import { warning } from '../core/diagnostic.js';
import { tell } from './io.js';
import type { Io } from './io.js';

/** Says so when the environment makes Node load more code than ours. */
export function warnOfForeignCode(io: Io): void {
  const options = io.environment['NODE_OPTIONS'] ?? '';
  if (!/(?:^|\s)(?:-r|--(?:require|import|loader|experimental-loader))(?:[\s=]|$)/.test(options)) return;
  const hint = 'unset it, unless you put it there';
  tell(io, [warning('cli/foreign-code', 'NODE_OPTIONS loads other code into this program', undefined, { hint })]);
}
