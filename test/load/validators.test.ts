// The validators that the build has written: for each module, of its schema as it is, and they judge as compiled ones do.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validatorCode, validatorOf } from '../../src/load/validators.js';
import { modules } from '../../src/modules/index.js';

const directory = join(import.meta.dirname, '../../dist/validators');
const manners = ['written', 'bound'] as const;

test('the build has written one of each module and manner, and no other', () => {
  const due = [...modules.values()].flatMap(({ args }) => manners.map((manner) => validatorCode(args, manner)));
  expect(readdirSync(directory).toSorted()).toEqual(due.map(({ file }) => file).toSorted());
  for (const { file, code } of due) expect([file, readFileSync(join(directory, file), 'utf8')]).toEqual([file, code]);
});

test.each(manners)('as %s they say of wrong arguments what a compiled one says', (manner) => {
  const wrong = [null, 5, {}, { cmd: 1 }, { dest: [] }, { nothing: 'known' }, { cmd: '{{a}}', creates: {} }];
  const judged = [...modules.values()].flatMap(({ name, args }) => {
    const built = validatorOf(args, manner);
    // Of another identity and another text, it is compiled here.
    const compiled = validatorOf({ ...args, $comment: 'compiled' }, manner);
    return wrong.map((each) => {
      const [ours, theirs] = [structuredClone(each), structuredClone(each)];
      const of = (validate: typeof built, data: unknown) => [validate(data), data, validate.errors?.map(plain)];
      expect([name, of(built, ours)]).toEqual([name, of(compiled, theirs)]);
      return built(structuredClone(each));
    });
  });
  expect(new Set(judged)).toEqual(new Set([true, false]));
});

function plain({
  keyword,
  instancePath,
  schemaPath,
  params,
  message,
}: NonNullable<ReturnType<typeof validatorOf>['errors']>[number]) {
  return { keyword, instancePath, schemaPath, params, message };
}
