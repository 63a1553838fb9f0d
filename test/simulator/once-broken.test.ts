// Cases that broke a rule once, found by `npm run simulate`: each with what was wrong.
import { expect, test } from 'vitest';
import { caseOf } from '../rigs/simulator/case.js';
import { Everywhere } from '../rigs/simulator/everywhere.js';
import { engine } from '../rigs/simulator/subject.js';
import { isKnown } from './known.js';

test.each([
  ['small:562:85-reboot,206-reboot,55-kill', 'a host that did not answer closed what an earlier life had begun there'],
  ['sums:389:158-reboot,137-power,63-cut', 'a look for a transaction that failed was taken for its end'],
  ['small:874:77-freeze,12-freeze,111-freeze', 'a host that did not say whose it is was touched without a fence'],
  ['small:1:72-kill-late,73-reboot', 'a person was asked about a service, which a look can tell'],
  ['sums:1:45-reboot', 'a life that was refused made the run one that nobody can go on with'],
  ['small:1:35-reboot,49-kill', 'a host on which something begun was not even looked at was given back'],
  ['small:1:22-kill', 'a host that was taken by a life that never heard of it was lost for good'],
])('%s: %s', async (word) => {
  const { violations } = await new Everywhere(engine).judge(caseOf(word));
  expect(violations.filter((each) => !isKnown(each))).toEqual([]);
});
