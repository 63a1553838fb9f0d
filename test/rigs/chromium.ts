// Whether there is a Chromium to test with. Without one the tests are skipped loudly; under CI they run, and fail.
import { findChromium } from '../../src/modules/shared/browser-launch.js';

/** For `describe.skipIf`. */
export function skipsWithoutChromium(): boolean {
  try {
    findChromium(undefined);
    return false;
  } catch (cause) {
    if (process.env['CI'] !== undefined) return false;
    console.warn(`skipped: ${cause instanceof Error ? cause.message : String(cause)}`);
    return true;
  }
}
