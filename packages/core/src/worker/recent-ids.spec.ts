import { RecentIds } from './recent-ids.js';

describe('The ids that a worker remembers by itself', () => {
  it('are new once', async () => {
    const ids = new RecentIds(10);
    expect(await ids.first('a')).toBe(true);
    expect(await ids.first('a')).toBe(false);
    expect(await ids.first('b')).toBe(true);
  });

  it('are the last so many', async () => {
    const ids = new RecentIds(2);
    for (const id of ['a', 'b', 'c']) await ids.first(id);
    expect(await ids.first('b')).toBe(false);
    expect(await ids.first('c')).toBe(false);
    expect(await ids.first('a')).toBe(true);
  });
});
