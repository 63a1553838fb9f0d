// Preloaded into a process: its wall clock is ten years ahead while the file `ahead` is in the directory that SHIFTED_CLOCK
// names, and ten years behind while `behind` is. The monotonic clock goes on as ever, as it does on a real machine.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const directory = process.env['SHIFTED_CLOCK'];
const tenYearsMs = 10 * 365 * 24 * 3_600_000;
const RealDate = globalThis.Date;

function shiftMs() {
  if (directory === undefined) return 0;
  if (existsSync(join(directory, 'ahead'))) return tenYearsMs;
  return existsSync(join(directory, 'behind')) ? -tenYearsMs : 0;
}

globalThis.Date = class Date extends RealDate {
  constructor(...words) {
    if (words.length === 0) super(RealDate.now() + shiftMs());
    else super(...words);
  }

  static now() {
    return RealDate.now() + shiftMs();
  }
};
