import { Injectable } from '@nestjs/common';
import type { CeleryApp } from '@nestjs-celery/core';
import { Test } from '@nestjs/testing';
import { BeatLazyFunc, Celery, CeleryModule, getCeleryAppToken, SharedTask } from './index.js';

@Injectable()
class MathTasks {
  @SharedTask('math.add')
  add(x: number, y: number): number {
    return x + y;
  }

  @SharedTask('math.tick')
  tick(): void {}
}

async function boot() {
  const moduleRef = await Test.createTestingModule({
    imports: [CeleryModule.forRoot({ broker: 'memory://celery' })],
  }).compile();
  const celery = moduleRef.get(Celery);
  return { moduleRef, celery, tasks: celery.tasks(MathTasks), app: moduleRef.get<CeleryApp>(getCeleryAppToken()) };
}

describe('Celery.addPeriodicTask', () => {
  it('adds a typed task, or one by its name, with all that an entry may say', async () => {
    const { moduleRef, celery, tasks, app } = await boot();
    expect(celery.addPeriodicTask(30, tasks.add, { args: [2, 3] })).toBe('math.add(2, 3)');
    expect(celery.addPeriodicTask(60, tasks.tick)).toBe('math.tick()');
    const rest = { options: { queue: 'py', expires: 10 }, overlap: 'skip', jitter: 2 } as const;
    expect(celery.addPeriodicTask(90, 'proj.purge', { name: 'purge', kwargs: { days: 3 }, ...rest })).toBe('purge');
    expect(app.periodicTasks).toEqual([
      { name: 'math.add(2, 3)', task: 'math.add', schedule: 30, args: [2, 3] },
      { name: 'math.tick()', task: 'math.tick', schedule: 60 },
      { name: 'purge', task: 'proj.purge', schedule: 90, kwargs: { days: 3 }, ...rest },
    ]);
    await moduleRef.close();
  });
});

/** Checked by `tsc -b test`; never run. */
export function typesOf(celery: Celery): void {
  const tasks = celery.tasks(MathTasks);
  celery.addPeriodicTask(1, tasks.add, { args: [1, 2], options: { countdown: 1 } });
  celery.addPeriodicTask(1, tasks.add, { args: [1], kwargs: { y: 2 } });
  celery.addPeriodicTask(1, tasks.add, { args: [new BeatLazyFunc(() => 1), 2] });
  celery.addPeriodicTask(1, tasks.add, { args: [new BeatLazyFunc((x: number) => x, 1)], kwargs: { y: 2 } });
  // @ts-expect-error a wrong argument beside one that is worked out later
  celery.addPeriodicTask(1, tasks.add, { args: [new BeatLazyFunc(() => 1), '2'] });
  // @ts-expect-error a wrong argument
  celery.addPeriodicTask(1, tasks.add, { args: ['1', 2] });
  // @ts-expect-error an argument is missing and no keyword makes up for it
  celery.addPeriodicTask(1, tasks.add, { args: [1] });
  // @ts-expect-error the arguments are missing
  celery.addPeriodicTask(1, tasks.add);
  // @ts-expect-error a wrong argument beside keywords
  celery.addPeriodicTask(1, tasks.add, { args: ['1'], kwargs: { y: 2 } });
  // @ts-expect-error there is no such field; options of the call have their own
  celery.addPeriodicTask(1, tasks.tick, { queue: 'slow' });
  celery.addPeriodicTask(1, tasks.tick, { name: 'tick', misfire: 'skip' });
  celery.addPeriodicTask(1, 'proj.any', { args: [1, 'two'] });
}
