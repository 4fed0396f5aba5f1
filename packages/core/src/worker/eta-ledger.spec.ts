import { FakeClock } from '../testing/fake-clock.js';
import { EtaLedger } from './eta-ledger.js';
import type { Request } from './request.js';

const requestOf = (id: string) => ({ id, received: { body: Buffer.alloc(0) } }) as unknown as Request;

const START = new Date('2026-11-21T10:00:00Z').getTime();

function setUp() {
  const clock = new FakeClock(new Date(START));
  const due: string[] = [];
  const ledger = new EtaLedger(clock, ({ request }) => void due.push(request.id));
  const hold = (id: string, seconds: number) => {
    const at = START + seconds * 1000;
    ledger.hold({ request: requestOf(id), due: at, eta: at, raised: true });
  };
  return { clock, due, ledger, hold };
}

describe('EtaLedger', () => {
  it('gives back in the order of the etas, and those of one eta in the order in which they came', async () => {
    const { clock, due, hold } = setUp();
    for (const [id, seconds] of Object.entries({ c: 3, a: 1, e: 5, b1: 2, b2: 2, d: 4, b3: 2 })) hold(id, seconds);
    await clock.advance(2000);
    expect(due).toEqual(['a', 'b1', 'b2', 'b3']);
    await clock.advance(60_000);
    expect(due).toEqual(['a', 'b1', 'b2', 'b3', 'c', 'd', 'e']);
  });

  it('agrees with sorting, whatever comes', async () => {
    const { clock, due, hold } = setUp();
    // a fixed sequence that jumps about
    const seconds = Array.from({ length: 2000 }, (_, i) => (i * 7919) % 977);
    seconds.forEach((at, i) => hold(String(i), at));
    await clock.advance(1000_000);
    const sorted = seconds.map((at, i) => ({ at, i })).toSorted((a, b) => a.at - b.at || a.i - b.i);
    expect(due).toEqual(sorted.map(({ i }) => String(i)));
  });

  it('needs one timer for ten thousand, and none when nothing is held', async () => {
    const { clock, ledger, hold } = setUp();
    for (let i = 0; i < 10_000; i++) hold(String(i), 1 + ((i * 7919) % 9973));
    expect([ledger.size, clock.pendingTimers]).toEqual([10_000, 1]);
    await clock.advance(10_000_000);
    expect([ledger.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('takes in, while it gives back, what is due already', async () => {
    const clock = new FakeClock(new Date(START));
    const seen: string[] = [];
    const ledger: EtaLedger = new EtaLedger(clock, ({ request }) => {
      seen.push(request.id);
      if (seen.length < 3) ledger.hold({ request, due: START, eta: START, raised: false });
    });
    ledger.hold({ request: requestOf('again'), due: START, eta: START, raised: false });
    await clock.advance(0);
    expect(seen).toEqual(['again', 'again', 'again']);
  });

  it('calls off what it gives up', async () => {
    const { clock, due, ledger, hold } = setUp();
    hold('a', 1);
    hold('b', 2);
    expect(ledger.clear().map(({ id }) => id)).toEqual(['a', 'b']);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10_000);
    expect(due).toEqual([]);
  });

  it('keeps no more of a socket than the bytes of the message', () => {
    const { ledger } = setUp();
    const piece = Buffer.alloc(65_536, 'x');
    const received = { body: piece.subarray(100, 180) };
    ledger.hold({ request: { id: 'a', received } as unknown as Request, due: START, eta: START, raised: true });
    expect(received.body.toString()).toBe('x'.repeat(80));
    expect(received.body.buffer).not.toBe(piece.buffer);
    ledger.clear();
  });
});
