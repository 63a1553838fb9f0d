// Every code that this program raises. A test compares the list with the code itself, in both directions.
import { commandLineCodes } from './command-line.js';
import type { CodeEntries, CodeEntry } from './entry.js';
import { inventoryCodes } from './inventory.js';
import { labCodes } from './lab.js';
import { lintCodes } from './lint.js';
import { placeCodes } from './places.js';
import { playbookCodes } from './playbook.js';
import { preflightCodes } from './preflight.js';
import { sealedCodes } from './sealed.js';
import { templateCodes } from './templates.js';
import { variableCodes } from './variables.js';
import { vaultCodes } from './vault.js';
import { yamlCodes } from './yaml.js';

const entries: CodeEntries = {
  ...commandLineCodes,
  ...inventoryCodes,
  ...labCodes,
  ...lintCodes,
  ...placeCodes,
  ...playbookCodes,
  ...preflightCodes,
  ...sealedCodes,
  ...templateCodes,
  ...variableCodes,
  ...vaultCodes,
  ...yamlCodes,
};

/** All codes, in order of the alphabet. */
export const codes: ReadonlyMap<string, CodeEntry> = new Map(
  Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
