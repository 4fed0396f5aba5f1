import * as fc from 'fast-check';
import { EntryHeap } from './entry-heap.js';
import type { Timed } from './entry-heap.js';

const name = fc.constantFrom(...'abcdefghijklmnop');
const time = fc.integer({ min: 0, max: 50 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), name, at: time }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('pop' as const), at: time, limit: fc.integer({ min: 0, max: 6 }) }),
);

/** Takes out what a plain list says is due. */
function popFrom(model: Map<string, number>, until: number, limit: number): number[] {
  const due = [...model].filter(([, at]) => at <= until).toSorted(([, a], [, b]) => a - b);
  return due.slice(0, limit).map(([, at]) => at);
}

describe('EntryHeap', () => {
  it('keeps the order and loses none while plans are made, changed, dropped and taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new EntryHeap<Timed>();
        const model = new Map<string, number>();
        for (const one of steps) {
          if (one.kind === 'set') {
            heap.set(one);
            model.set(one.name, one.at);
          } else if (one.kind === 'delete') {
            expect(heap.delete(one.name)?.at).toBe(model.get(one.name));
            model.delete(one.name);
          } else {
            const popped = heap.popUntil(new Date(one.at), one.limit);
            expect(popped.map(({ at }) => at)).toEqual(popFrom(model, one.at, one.limit));
            for (const plan of popped) {
              expect(model.get(plan.name)).toBe(plan.at);
              model.delete(plan.name);
            }
          }
          expect(heap.size).toBe(model.size);
          expect(heap.peek()?.at ?? Infinity).toBe(Math.min(...model.values()));
          for (const [known, at] of model) expect(heap.get(known)?.at).toBe(at);
        }
      }),
      { numRuns: process.env.STRESS ? 20_000 : 300 },
    );
  });

  it('is empty after clear()', () => {
    const heap = new EntryHeap<Timed>();
    heap.set({ name: 'a', at: 1 });
    heap.clear();
    expect(heap.peek()).toBeUndefined();
    expect(heap.get('a')).toBeUndefined();
    expect(heap.popUntil(new Date(100))).toEqual([]);
  });
});
