import { parseSignature } from './signature-json.js';

describe('parseSignature', () => {
  it("fills in Celery's defaults and keeps keys that it does not know", () => {
    expect(parseSignature({ task: 't.add', chord_size: 3 })).toEqual({
      task: 't.add',
      args: [],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
      chord_size: 3,
    });
  });

  it('leaves a complete signature as it is', () => {
    const signature = {
      task: 't',
      args: [1],
      kwargs: { a: 1 },
      options: { queue: 'q' },
      subtask_type: 'group',
      immutable: true,
    };
    expect(parseSignature(signature)).toEqual(signature);
  });

  it('keeps a key __proto__ without letting it act', () => {
    const signature = parseSignature(JSON.parse('{"task": "t", "__proto__": {"immutable": true}}'));
    expect(Object.getPrototypeOf(signature)).toBe(Object.prototype);
    expect(Object.keys(signature)).toContain('__proto__');
  });

  it.each([
    [null, 'is no signature'],
    ['t.add', 'is no signature'],
    [[], 'is no signature'],
    [{}, "'task' that is not the name of a task"],
    [{ task: 5 }, "'task'"],
    [{ task: 't', args: {} }, "'args' that is not a list"],
    [{ task: 't', kwargs: [] }, "'kwargs' that is not an object"],
    [{ task: 't', options: 1 }, "'options'"],
    [{ task: 't', subtask_type: 1 }, "'subtask_type'"],
  ])('refuses %j', (value, message) => {
    expect(() => parseSignature(value, 'The chord')).toThrow(
      expect.objectContaining({ code: 'INVALID_TASK', message: expect.stringMatching(`^The chord.*${message}`) }),
    );
  });
});
