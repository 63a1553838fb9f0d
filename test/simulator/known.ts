// Rules that the program is known to break, each with why; a case that breaks another one turns the tests red. An entry
// goes away with its bug.
const known: readonly { readonly rule: string; readonly what: RegExp; readonly why: string }[] = [
  {
    rule: 'I19',
    what: /^ended with 7 for good/,
    why: 'a run that dies while it gives its hosts back finds that nobody holds them, and takes itself for overtaken',
  },
  {
    rule: 'I19',
    what: /^ended with 4 for good/,
    why: 'what failed in a block whose `always` ran is never tried again, so the run can be taken up and never ends',
  },
  {
    rule: 'I3',
    what: /^bad on . happened \d times/,
    why: 'a command that failed runs again in the next life, also where a rescue was about to take its failure',
  },
  {
    rule: 'I7',
    what: /is held though the run is over/,
    why: 'a link that is lost while a host is taken or given back leaves it with a run that is over',
  },
  {
    rule: 'I17',
    what: /was begun and never ended/,
    why: 'an end that the disk refused is not written down, and the run is written down as done all the same',
  },
  {
    rule: 'BUG',
    what: /^Error: EIO/,
    why: 'the reserve of a journal that cannot be deleted throws as the process ends',
  },
];

/** True for a violation that is known. */
export function isKnown({ rule, what }: { readonly rule: string; readonly what: string }): boolean {
  return known.some((each) => each.rule === rule && each.what.test(what));
}
