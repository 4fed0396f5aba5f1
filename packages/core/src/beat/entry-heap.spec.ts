import * as fc from 'fast-check';
import { interval } from '../schedules/interval.js';
import { EntryHeap } from './entry-heap.js';
import { ScheduleEntry } from './schedule-entry.js';

const entry = new ScheduleEntry({
  name: 'tick',
  task: 'proj.tick',
  schedule: interval(1),
  args: [],
  kwargs: {},
  options: {},
  lastRunAt: new Date(0),
  totalRunCount: 0,
});
const runAt = (time: number) => ({ entry, dueAt: new Date(time), publishAt: new Date(time), failures: 0 });
const times = fc.array(fc.integer({ min: 0, max: 50 }));

describe('EntryHeap', () => {
  it('gives back every run, the earliest first', () => {
    fc.assert(
      fc.property(times, (list) => {
        const heap = new EntryHeap();
        for (const time of list) heap.push(runAt(time));
        const popped = list.map(() => heap.pop()?.publishAt.getTime());
        expect(popped).toEqual(list.toSorted((a, b) => a - b));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('loses none and keeps the order while runs come and go', () => {
    const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(50) }), fc.record({ popUntil: fc.nat(50) })));
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new EntryHeap();
        let model: number[] = [];
        for (const step of list) {
          if ('push' in step) {
            heap.push(runAt(step.push));
            model.push(step.push);
          } else {
            const due = model.filter((time) => time <= step.popUntil).toSorted((a, b) => a - b);
            expect(heap.popUntil(new Date(step.popUntil)).map((run) => run.publishAt.getTime())).toEqual(due);
            model = model.filter((time) => time > step.popUntil);
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()?.publishAt.getTime() ?? Infinity).toBe(Math.min(...model));
        }
      }),
    );
  });

  it('is empty after clear()', () => {
    const heap = new EntryHeap();
    heap.push(runAt(1));
    heap.clear();
    expect(heap.peek()).toBeUndefined();
    expect(heap.popUntil(new Date(100))).toEqual([]);
  });
});
