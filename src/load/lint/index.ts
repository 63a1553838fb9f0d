// What is allowed and yet asks for trouble: the rules of the linter over all files, less what comments allow.
import { dirname } from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.js';
import { lintCodes } from '../../core/codes/lint.js';
import type { AnyModule } from '../../core/module.js';
import { real } from '../files.js';
import { holdersOf } from './holders.js';
import type { LintFile } from './holders.js';
import { lintRawValues } from './raw-values.js';
import { lintHolder } from './task-rules.js';
import { lintSecrets } from './secrets.js';
import { withoutSilenced } from './silences.js';
import { lintUnused } from './unused.js';
import type { UnusedInput } from './unused.js';

/** What the linter is given. */
export interface LintInput {
  readonly files: readonly LintFile[];
  readonly modules: ReadonlyMap<string, AnyModule>;
  /** What is needed to find unused variables; nothing when the inventory is not known, for it may use them. */
  readonly unused?: readonly UnusedInput[];
}

/** About silences themselves, so nothing can silence them. */
const aboutSilences = ['silence-without-reason', 'unknown-rule', 'unused-silence'];
const unusedVariable = 'unused-variable';

/** All warnings about these files. */
export function lint({ files, modules, unused }: LintInput): readonly Diagnostic[] {
  const distinct = [...new Map(files.map((file) => [real(file.source.path), file])).values()];
  const playbooks = distinct.filter(({ kind }) => kind === 'playbook').map(({ source }) => dirname(source.path));
  const findings = [
    ...distinct.flatMap((file) => {
      const holders = holdersOf(file, modules);
      const directories = [dirname(file.source.path), ...playbooks];
      return [
        ...holders.flatMap((each) => [...lintHolder(each), ...lintRawValues(each, directories)]),
        ...lintSecrets(file.node),
      ];
    }),
    ...(unused ?? []).flatMap(lintUnused),
  ];
  const known = Object.keys(lintCodes)
    .map((code) => code.replace('lint/', ''))
    .filter((rule) => !aboutSilences.includes(rule));
  const asked = known.filter((rule) => rule !== unusedVariable || unused !== undefined);
  const told = withoutSilenced(distinct, findings, { known: new Set(known), asked: new Set(asked) });
  const paths = [...distinct.map(({ source }) => source.path), ...told.map(pathOf)];
  return [...new Set(paths)].flatMap((path) =>
    told.filter((each) => pathOf(each) === path).toSorted((a, b) => startOf(a) - startOf(b)),
  );
}

function pathOf({ span }: Diagnostic): string {
  return span?.source.path ?? '';
}

function startOf({ span }: Diagnostic): number {
  return span?.start ?? 0;
}
