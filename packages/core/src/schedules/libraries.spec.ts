import { createRequire } from 'node:module';

const loaded = () => Object.keys(createRequire(import.meta.url).cache);
const isLoaded = (library: string) => loaded().some((path) => path.includes(`/node_modules/${library}/`));

describe('the libraries of schedules', () => {
  it('are loaded by the first schedule that needs them, not before', async () => {
    const { cron, crontab, solar } = await import('./index.js');
    crontab({ minute: 0 }).next(new Date(0));
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([false, false]);
    cron('@daily');
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([true, false]);
    solar('sunset', 0, 0);
    expect([isLoaded('cron-parser'), isLoaded('suncalc')]).toEqual([true, true]);
  });
});
