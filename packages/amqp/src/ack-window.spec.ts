import { createRequire } from 'node:module';
import { PassThrough, Writable } from 'node:stream';
import { AckWindow } from './ack-window.js';

/** How amqplib writes: what its channels put into their streams, it gathers for its socket. */
const { resolve } = createRequire(import.meta.url);
const { Mux } = createRequire(resolve('amqplib'))('./lib/mux.js') as {
  Mux: new (socket: Writable) => { pipeFrom(frames: PassThrough): void };
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A window with so many open tags, and what it sends. */
function windowOf(count: number) {
  const sent: string[] = [];
  const window = new AckWindow((tag, multiple) => sent.push(multiple ? `up to ${tag}` : `${tag}`));
  for (let tag = 1; tag <= count; tag++) window.add(tag);
  return { window, sent };
}

describe('the acks of a channel', () => {
  it('go out together, once in a turn', async () => {
    const { window, sent } = windowOf(5);
    for (const tag of [2, 1, 3]) window.ack(tag);
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['up to 3']);
    window.ack(4);
    await turn();
    expect(sent).toEqual(['up to 3', '4']);
  });

  it('never reach over a message that is open: they wait one turn for it, then go singly', async () => {
    const { window, sent } = windowOf(6);
    for (const tag of [1, 2, 4, 5]) window.ack(tag);
    await turn();
    expect(sent).toEqual(['up to 2']);
    await turn();
    expect(sent).toEqual(['up to 2', '4', '5']);
    window.ack(3);
    window.ack(6);
    await turn();
    expect(sent.at(-1)).toBe('up to 6');
  });

  it('go together after all when the open one is done in time', async () => {
    const { window, sent } = windowOf(4);
    for (const tag of [2, 3, 4]) window.ack(tag);
    await turn();
    window.ack(1);
    await turn();
    await turn();
    expect(sent).toEqual(['up to 4']);
  });

  it('never name a message that was settled before: the broker would close the channel', async () => {
    const { window, sent } = windowOf(4);
    window.ack(3);
    await turn();
    await turn();
    window.remove(4);
    window.ack(1);
    window.ack(2);
    await turn();
    expect(sent).toEqual(['3', 'up to 2']);
  });

  it('are all sent by flush()', async () => {
    const { window, sent } = windowOf(6);
    for (const tag of [1, 2, 4]) window.ack(tag);
    await turn();
    window.ack(6);
    window.flush();
    expect(sent).toEqual(['up to 2', '4', '6']);
    await turn();
    expect(sent).toHaveLength(3);
  });

  it.each([
    ['no older message is open', 2, [1, 2]],
    ['an older one is open', 3, [2, 3]],
  ])('are in the socket when written() resolves, where %s', async (_, count, acked) => {
    const written: string[] = [];
    const socket = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written.push(...chunk.toString().trim().split(' '));
        done();
      },
    });
    const frames = new PassThrough();
    new Mux(socket).pipeFrom(frames);
    const window = new AckWindow((tag, multiple) => frames.write(`${multiple ? 'all' : ''}${tag} `));
    for (let tag = 1; tag <= count; tag++) window.add(tag);
    for (const tag of acked) {
      window.ack(tag);
      await window.written();
      expect(written.at(-1)).toBe(`${tag}`);
    }
  });

  it('are told of together when they come together, and by themselves when they come later', async () => {
    const { window, sent } = windowOf(3);
    window.ack(2);
    const first = window.written();
    window.ack(3);
    expect(window.written()).toBe(first);
    await turn();
    expect(sent).toEqual(['2', '3']);
    window.ack(1);
    expect(window.written()).not.toBe(first);
    await window.written();
    expect(sent).toEqual(['2', '3', '1']);
  });

  it('keep nobody waiting whose channel is gone', async () => {
    const { window, sent } = windowOf(1);
    window.ack(1);
    const written = window.written();
    window.clear();
    await written;
    expect(sent).toEqual([]);
  });

  it('are forgotten with the channel', async () => {
    const { window, sent } = windowOf(2);
    window.ack(1);
    window.clear();
    await turn();
    expect(sent).toEqual([]);
  });

  it('cover exactly what was acknowledged, in whatever order', async () => {
    const { window, sent } = windowOf(500);
    const order = Array.from({ length: 500 }, (_, i) => ((i * 331) % 500) + 1).filter((tag) => tag % 17 !== 0);
    for (const [i, tag] of order.entries()) {
      window.ack(tag);
      if (i % 9 === 0) await turn();
    }
    window.flush();
    expect(settledBy(sent, 500)).toEqual(order.toSorted((a, b) => a - b));
  });
});

/** What a broker takes for settled; complains like it about an ack of what it does not know any more. */
function settledBy(sent: readonly string[], count: number): number[] {
  const unacked = new Set(Array.from({ length: count }, (_, i) => i + 1));
  for (const line of sent) {
    const tag = Number(line.replace('up to ', ''));
    if (!unacked.has(tag)) throw new Error(`unknown delivery tag ${tag}`);
    for (const known of unacked) if (line.startsWith('up') ? known <= tag : known === tag) unacked.delete(known);
  }
  return Array.from({ length: count }, (_, i) => i + 1).filter((tag) => !unacked.has(tag));
}
