import { BackendUnavailable } from '../errors/backend-errors.js';
import type { LeaseStore } from '../contracts/periodic-tasks.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Leadership } from './leadership.js';

/** A lease that somebody else holds until `freeAt`, and then whoever asks. */
function leadership({
  freeAt = 0,
  holds = () => true,
  renew,
}: { freeAt?: number; holds?: () => boolean; renew?: LeaseStore['renew'] } = {}) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const leases: LeaseStore = {
    acquire: async (owner) => {
      calls.push(`acquire ${clock.monotonic()}`);
      return clock.monotonic() < freeAt ? { heldBy: 'other', until: clock.now() } : { fence: `1 of ${owner}` };
    },
    renew: async (fence, ttl) => {
      calls.push(`renew ${clock.monotonic()}`);
      return renew ? renew(fence, ttl) : holds();
    },
    release: async (fence) => void calls.push(`release ${fence}`),
  };
  const logger = { debug: note, log: note, warn: note, error: note };
  return { leadership: new Leadership({ leases, owner: 'me', clock, logger }), clock, calls, log };
}

describe('Leadership', () => {
  it('waits for its turn, and says once who leads', async () => {
    const { leadership: me, clock, log } = leadership({ freeAt: 5_500 });
    const leading = me.lead(new AbortController().signal);
    await clock.advance(6_000);
    const term = await leading;
    expect(term?.fence).toBe('1 of me');
    expect(log).toEqual(['beat: Standing by, other leads.']);
    await term?.end();
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up when it is told to quit', async () => {
    const { leadership: me, clock } = leadership({ freeAt: Infinity });
    const quit = new AbortController();
    const leading = me.lead(quit.signal);
    await clock.advance(1_500);
    quit.abort();
    expect(await leading).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on asking while the database is away', async () => {
    const { leadership: me, clock, log } = leadership();
    const ask = me.tryToLead.bind(me);
    let failures = 3;
    me.tryToLead = async () => {
      if (failures-- > 0) throw new BackendUnavailable('down');
      return ask();
    };
    const leading = me.lead(new AbortController().signal);
    await clock.advance(3_000);
    await (await leading)?.end();
    expect(log).toEqual(['beat: cannot ask for the lease, trying again: down']);
  });
});

describe('A term', () => {
  it('renews its lease three times in the life of one, and gives it back at the end', async () => {
    const { leadership: me, clock, calls } = leadership();
    const term = await me.tryToLead();
    await clock.advance(10_000);
    expect(calls).toEqual(['acquire 0', 'renew 3333', 'renew 6666', 'renew 9999']);
    expect(term?.isValid()).toBe(true);
    await term?.end();
    expect(calls.at(-1)).toBe('release 1 of me');
    expect(clock.pendingTimers).toBe(0);
  });

  it("is over when the lease is another's", async () => {
    let mine = true;
    const { leadership: me, clock } = leadership({ holds: () => mine });
    const term = await me.tryToLead();
    mine = false;
    await clock.advance(3_333);
    expect(term?.over.aborted).toBe(true);
    expect(term?.isValid()).toBe(false);
    await term?.end();
  });

  it('is over before the lease runs out when it cannot be renewed, and not sooner', async () => {
    const renew = async (): Promise<boolean> => {
      throw new BackendUnavailable('down');
    };
    const { leadership: me, clock, log } = leadership({ renew });
    const term = await me.tryToLead();
    await clock.advance(8_900);
    expect(term?.isValid()).toBe(true);
    await clock.advance(1_000);
    expect(term?.over.aborted).toBe(true);
    expect(log).toEqual(['beat: the lease cannot be renewed just now: down']);
    await term?.end();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is known to be over by a process that slept, before any timer has run', async () => {
    const { leadership: me, clock } = leadership({ renew: () => new Promise(() => {}) });
    const term = await me.tryToLead();
    await clock.advance(60_000);
    expect(term?.isValid()).toBe(false);
  });
});
