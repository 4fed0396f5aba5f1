import { WrittenAcks } from './written-acks.js';

/** Writes as a broker does: what lies behind an open message a turn later than the rest. */
function makeBroker() {
  const written = new Set<number>();
  const ack = (tag: number) => void setImmediate(() => void setImmediate(() => void written.add(tag)));
  return { written, ack };
}

describe('WrittenAcks', () => {
  it('resolves when the acks of one go are written', async () => {
    const acks = new WrittenAcks();
    const { written, ack } = makeBroker();
    ack(1);
    const first = acks.written();
    ack(2);
    const second = acks.written();
    expect(second).toBe(first);
    await first;
    expect([...written]).toEqual([1, 2]);
  });

  it('lets nobody in whose ack comes a turn later than the others', async () => {
    const acks = new WrittenAcks();
    const { written, ack } = makeBroker();
    ack(1);
    const first = acks.written();
    await new Promise((resolve) => setImmediate(resolve));
    ack(2);
    const second = acks.written();
    await first;
    expect(written.has(2)).toBe(false);
    await second;
    expect(written.has(2)).toBe(true);
  });
});
