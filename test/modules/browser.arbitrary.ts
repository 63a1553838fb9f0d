// Arguments and states for the law tests. The browser that they name is none, so that no law starts one.
import * as fc from 'fast-check';
import { browser } from '../../src/modules/browser.js';
import { arbitraryOf, path, record, text, word } from '../rigs/module-arbitrary.js';

const url = fc.constantFrom('http://127.0.0.1:1/x', 'https://u:p@127.0.0.1:1/', 'nowhere', 'file:///etc');
const open = fc.constantFrom('/next', 'http://127.0.0.1:1/y', 'file:///etc', 'http://');
const expected = fc.constantFrom({ text: 'done' }, { role: 'status' }, { role: 'button', name: 'Go', timeout: 1 });
const step = fc.oneof(
  fc.record({ open }),
  fc.record({ fill: fc.record({ label: word, value: text }) }),
  fc.record({ select: fc.record({ selector: word, option: word }) }),
  fc.record({ check: fc.record({ label: word }) }),
  fc.record({ click: fc.record({ text: word }) }),
  fc.record({ expect: expected }),
  fc.record({ screenshot: fc.constant('name') }),
  fc.record({ wait: fc.constant(1) }),
);
const steps = fc.array(step, { minLength: 1, maxLength: 4 });

/** For the law tests. */
export const arbitrary = arbitraryOf(
  browser,
  record(
    {
      url,
      steps,
      login: steps,
      done_when: fc.array(fc.oneof(fc.record({ open }), fc.record({ expect: expected })), { minLength: 1 }),
      settle: fc.constant(1),
      timeout: fc.constant(1),
      screenshots: path,
      from: fc.constantFrom('controller', 'host'),
      validate_certs: fc.boolean(),
      ca_path: fc.record({ path: word, content: fc.uint8Array() }),
      executable: fc.constant('/nonexistent/chromium'),
      headless: fc.boolean(),
      viewport: fc.constant({ width: 800, height: 600 }),
    },
    ['url', 'steps', 'executable'],
  ),
  fc.record({ done: fc.boolean(), seen: fc.option(text) }),
);
