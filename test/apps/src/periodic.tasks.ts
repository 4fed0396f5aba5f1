import { Injectable } from '@nestjs/common';
import { clocked, crontab, interval, Periodic, SharedTask, solar } from 'nestjs-celery';

/** The queue of the spec; others would read what it waits for. */
const options = { queue: process.env.PERIODIC_QUEUE ?? 'periodic' };

/** One entry for each kind of schedule that the database has. */
@Injectable()
export class PeriodicTasksOfSpec {
  @SharedTask({ name: 'interop.tasks.add', params: ['x', 'y'] })
  @Periodic(interval({ every: 1, period: 'seconds' }), { name: 'of code: interval', args: [1, 2], options })
  @Periodic(crontab({ minute: '*/7', hour: '4-6', dayOfWeek: 'mon', timezone: 'Europe/Berlin' }), {
    name: 'of code: crontab',
    kwargs: { x: 1, y: 2 },
    options: { ...options, priority: 5, expires: 60, headers: { tenant: 'x' } },
  })
  @Periodic(solar('sunset', 52.52, -13.405), { name: 'of code: solar', args: [1, 2], options })
  @Periodic(clocked(new Date('2050-01-01T00:00:00Z')), {
    name: 'of code: clocked',
    args: [1, 2],
    options,
    oneOff: true,
  })
  add(x: number, y: number): number {
    return x + y;
  }
}
