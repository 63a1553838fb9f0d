// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { uri } from '../../src/modules/uri.js';
import { arbitraryOf, record, text, word } from '../rigs/module-arbitrary.js';

// A port on which nothing listens, and addresses that are none.
const url = fc.constantFrom(
  'http://127.0.0.1:1/x',
  'https://127.0.0.1:1/',
  'http://u:p@127.0.0.1:1/',
  'nowhere',
  'file:///etc',
);
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.dictionary(word, text), fc.array(text));
const status = fc.constantFrom(200, [200, 404]);

/** For the law tests. */
export const arbitrary = arbitraryOf(
  uri,
  record(
    {
      url,
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'),
      headers: fc.dictionary(word, fc.oneof(text, fc.integer(), fc.boolean())),
      body: value,
      body_format: fc.constantFrom('json', 'form-urlencoded', 'raw'),
      status_code: status,
      timeout: fc.constant(1),
      user: word,
      password: text,
      validate_certs: fc.boolean(),
      ca_path: fc.record({ path: word, content: fc.uint8Array() }),
      follow_redirects: fc.constantFrom('none', 'safe', 'all'),
      return_content: fc.boolean(),
      from: fc.constantFrom('controller', 'host'),
      done_when: record({ url, status_code: status, json: value }, ['url']),
      settle: fc.constant(1),
    },
    ['url'],
  ),
  record({
    done: fc.boolean(),
    seen: text,
    status: fc.constantFrom(200, 404, 503),
    url: text,
    headers: fc.dictionary(fc.constantFrom('location', 'x'), text),
    cookies: text,
    elapsed: fc.nat(),
    json: value,
    content: text,
  }),
);
