import { SharedValues } from './shared-values.js';

const ROW = { queue: 'news', exchange: null, routingKey: null, priority: null, expireSeconds: null };

describe('SharedValues', () => {
  it('gives the options of a row to every row that goes the same way', () => {
    const shared = new SharedValues();
    const made = shared.options(ROW, () => ({ queue: 'news' }));
    expect(shared.options({ ...ROW }, () => ({ queue: 'news' }))).toBe(made);
  });

  it.each([
    { queue: 'mail' },
    { queue: null, exchange: 'news' },
    { routingKey: 'news' },
    { priority: 3 },
    { expireSeconds: 3 },
  ])('makes other options for a row that differs in %j', (difference) => {
    const shared = new SharedValues();
    shared.options(ROW, () => ({ queue: 'news' }));
    expect(shared.options({ ...ROW, ...difference }, () => ({ priority: 9 }))).toEqual({ priority: 9 });
  });

  it('gives rows without arguments one call, which makes new arguments each time', () => {
    const shared = new SharedValues();
    const options = { queue: 'news' };
    const call = shared.bareCall(options);
    expect(shared.bareCall(options)).toBe(call);
    expect(call()).toEqual({ args: [], kwargs: {}, options });
    expect(call().args).not.toBe(call().args);
    expect(shared.bareCall({ queue: 'mail' })().options).toEqual({ queue: 'mail' });
  });

  it('forgets what it knows rather than to grow without end', () => {
    const shared = new SharedValues();
    const first = shared.options(ROW, () => ({ queue: 'news' }));
    for (let priority = 0; priority < 10_000; priority++) shared.options({ ...ROW, priority }, () => ({ priority }));
    const again = shared.options(ROW, () => ({ queue: 'news' }));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});
