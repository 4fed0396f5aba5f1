import { spawn } from 'node:child_process';
import { FakeClock } from '../../testing/fake-clock.js';
import { waitUntil } from '../../testing/wait-until.js';
import { whenGone } from './fork-launcher.js';

describe('whenGone', () => {
  it('tells once of a child that could not be started', async () => {
    const clock = new FakeClock();
    const gone: string[] = [];
    const child = spawn('/nowhere/node', [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    whenGone(child, clock, (reason) => gone.push(reason));
    const closed = new Promise((resolve) => child.once('disconnect', resolve));
    await waitUntil('it has gone', () => gone.length > 0);
    await closed;
    await clock.advance(1000);
    expect(gone).toEqual(['it could not be started: spawn /nowhere/node ENOENT']);
    expect(clock.pendingTimers).toBe(0);
  });
});
