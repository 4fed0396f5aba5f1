import { ImproperlyConfigured } from '../errors/config-errors.js';
import { InvalidArguments } from '../errors/task-errors.js';
import { validateArguments } from './argument-schema.js';
import type { StandardSchema } from './task-options.js';

type Validate = StandardSchema['~standard']['validate'];

const by = (validate: Validate): StandardSchema => ({ '~standard': { version: 1, vendor: 'spec', validate } });
const refusal = (...paths: (readonly unknown[] | undefined)[]) =>
  by(() => ({ issues: paths.map((path) => ({ message: 'is wrong', path })) }));

describe('validateArguments', () => {
  it('gives what the schema gives, at once or later', async () => {
    const sum = by((args) => ({ value: [(args as number[]).reduce((a, b) => a + b)] }));
    const later = by(async (args) => ({ value: [...(args as unknown[]), 'later'] }));
    await expect(validateArguments('add', sum, [1, 2, 3])).resolves.toEqual([6]);
    await expect(validateArguments('add', later, [1])).resolves.toEqual([1, 'later']);
  });

  it.each([
    [undefined, 'args'],
    [[], 'args'],
    [[0], 'args[0]'],
    [['1', 'email'], 'args[1].email'],
    [[0, { key: 'rows' }, { key: 2 }], 'args[0].rows[2]'],
    [[Symbol('odd')], 'args[Symbol(odd)]'],
  ])('names the task and where the issue is: %j', async (path, where) => {
    const refused = validateArguments('mail.send', refusal(path), ['x']);
    await expect(refused).rejects.toThrow(new InvalidArguments(`mail.send(): ${where}: is wrong`));
    await expect(refused).rejects.toBeInstanceOf(InvalidArguments);
  });

  it('names every issue', async () => {
    const refused = validateArguments('mail.send', refusal([0], [1]), []);
    await expect(refused).rejects.toThrow('mail.send(): args[0]: is wrong; args[1]: is wrong');
  });

  it('passes on what the schema throws', async () => {
    const broken = by(() => {
      throw new RangeError('a bug in the schema');
    });
    await expect(validateArguments('mail.send', broken, [])).rejects.toThrow(RangeError);
  });

  it('refuses a schema that gives no list', async () => {
    const object = by(() => ({ value: { to: 'a' } }));
    await expect(validateArguments('mail.send', object, [])).rejects.toThrow(ImproperlyConfigured);
  });
});
