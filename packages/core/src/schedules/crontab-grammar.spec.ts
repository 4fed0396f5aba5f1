import { parseCrontabField } from './crontab-grammar.js';
import type { CrontabFieldName } from './crontab-grammar.js';

const parsed = (field: CrontabFieldName, value: Parameters<typeof parseCrontabField>[1]) => [
  ...new Set(parseCrontabField(field, value)),
];

describe('the grammar of crontab fields', () => {
  it.each<[CrontabFieldName, string, number[]]>([
    ['minute', '5', [5]],
    ['minute', ' 5', [5]],
    ['minute', '1,2, 3', [1, 2, 3]],
    ['minute', '*/7', [0, 7, 14, 21, 28, 35, 42, 49, 56]],
    ['minute', '*/100', [0]],
    ['dayOfMonth', '*/10', [1, 11, 21, 31]],
    ['hour', '8-17/3', [8, 11, 14, 17]],
    ['hour', '0,8-10,9-11', [0, 8, 9, 10, 11]],
    ['minute', '55-5', [55, 56, 57, 58, 59, 0, 1, 2, 3, 4, 5]],
    ['minute', '55-5/2', [55, 57, 59, 1, 3, 5]],
    ['dayOfWeek', 'sat-mon', [6, 0, 1]],
    ['dayOfWeek', 'fri-sun', [5, 6, 0]],
    ['dayOfWeek', 'Monday,WED', [1, 3]],
    ['dayOfWeek', '*', [0, 1, 2, 3, 4, 5, 6]],
    ['monthOfYear', 'January-march', [1, 2, 3]],
    ['monthOfYear', 'sept', [9]],
  ])('reads %s %j as %j', (field, text, values) => {
    expect(parsed(field, text)).toEqual(values);
  });

  it('takes a name in any field, as Celery does', () => {
    expect(parsed('dayOfWeek', 'may')).toEqual([5]);
    expect(parsed('monthOfYear', 'mon')).toEqual([1]);
    expect(parsed('dayOfMonth', 'mar')).toEqual([3]);
  });

  it('takes numbers and lists of numbers as they are', () => {
    expect(parsed('hour', 0)).toEqual([0]);
    expect(parsed('hour', [17, 8])).toEqual([17, 8]);
    expect(parsed('hour', new Set([3]))).toEqual([3]);
  });

  it.each<[CrontabFieldName, string]>([
    ['minute', '60'],
    ['minute', '-5'],
    ['minute', '5/10'],
    ['minute', '*/0'],
    ['minute', '*/'],
    ['minute', '1-5/'],
    ['minute', '*/x'],
    ['minute', '*/-2'],
    ['minute', '1,2,'],
    ['minute', ''],
    ['minute', ' '],
    ['minute', '1 2'],
    ['minute', '1 -5'],
    ['minute', '* '],
    ['minute', '1-5-7'],
    ['minute', '1_0'],
    ['minute', '٣'],
    ['dayOfWeek', '7'],
    ['dayOfWeek', 'mo'],
    ['dayOfWeek', 'foo'],
    ['dayOfWeek', '1#2'],
    ['dayOfMonth', '0'],
    ['dayOfMonth', 'L'],
    ['dayOfMonth', '15W'],
    ['dayOfMonth', '?'],
    ['monthOfYear', '13'],
    ['hour', '24'],
    ['hour', '@daily'],
  ])('refuses %s %j, naming the field', (field, text) => {
    expect(() => parseCrontabField(field, text)).toThrow(
      expect.objectContaining({
        code: 'IMPROPERLY_CONFIGURED',
        field,
        message: expect.stringContaining(`crontab: ${field}: `),
      }),
    );
  });

  it.each([[-1], [1.5], [NaN], [null], [true], [{}], [[]], [[60]], [['1']], [['*/5']], [new Set([61])]])(
    'refuses the value %p',
    (value) => {
      expect(() => parseCrontabField('minute', value as never)).toThrow(expect.objectContaining({ field: 'minute' }));
    },
  );
});
