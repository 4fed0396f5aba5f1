import { ImproperlyConfigured } from '@nestjs-celery/core';
import { Ctx, Periodic, SharedTask, TaskHost } from '../index.js';
import { readTasks } from './task-metadata.js';

describe('readTasks', () => {
  it('reads inherited tasks under the name of the class that inherits them', () => {
    class Base {
      @SharedTask({ acksLate: true })
      run(): void {}

      @SharedTask('fixed')
      fixed(): void {}
    }
    class Child extends Base {
      override run(): void {}
    }
    expect(readTasks(Child.prototype)).toEqual([
      { method: 'run', name: 'Child.run', options: { acksLate: true }, periodic: [] },
      { method: 'fixed', name: 'fixed', options: { name: 'fixed' }, periodic: [] },
    ]);
  });

  it('does not inherit the prefix of a class', () => {
    @TaskHost('base')
    class Base {
      @SharedTask()
      run(): void {}
    }
    class Child extends Base {}
    expect(readTasks(Base.prototype).map(({ name }) => name)).toEqual(['base.run']);
    expect(readTasks(Child.prototype).map(({ name }) => name)).toEqual(['Child.run']);
  });

  it('lists every @Periodic of a method in the order in which they are written', () => {
    class Tasks {
      @Periodic(30, { args: [1] })
      @Periodic(60, { name: 'hourly', kwargs: { x: 1 }, options: { queue: 'slow' } })
      @Periodic(90)
      tick(_x: number): void {}
    }
    expect(readTasks(Tasks.prototype)[0]?.periodic).toEqual([
      { name: 'Tasks.tick', schedule: 30, args: [1], kwargs: {}, options: {} },
      { name: 'hourly', schedule: 60, args: [], kwargs: { x: 1 }, options: { queue: 'slow' } },
      { name: 'Tasks.tick#3', schedule: 90, args: [], kwargs: {}, options: {} },
    ]);
  });

  it('passes on every field of an entry: when it begins, how often, and its policies', () => {
    const fields = {
      startTime: new Date('2030-01-01T00:00:00Z'),
      pauseUntil: new Date('2030-02-01T00:00:00Z'),
      oneOff: true,
      enabled: false,
      relative: true,
      description: 'for people',
      misfire: 'fire-all',
      misfireCap: 3,
      grace: 60,
      overlap: 'skip',
      jitter: 5,
    } as const;
    class Tasks {
      @Periodic(30, fields)
      tick(): void {}
    }
    expect(readTasks(Tasks.prototype)[0]?.periodic).toEqual([
      { ...fields, name: 'Tasks.tick', schedule: 30, args: [], kwargs: {}, options: {} },
    ]);
  });

  it('keeps a schedule that a subclass adds from its base', () => {
    class Base {
      @Periodic(30)
      tick(): void {}
    }
    class Child extends Base {
      @Periodic(60)
      override tick(): void {}
    }
    const schedules = (prototype: object) => readTasks(prototype)[0]?.periodic.map(({ schedule }) => schedule);
    expect(schedules(Base.prototype)).toEqual([30]);
    expect(schedules(Child.prototype)).toEqual([60]);
  });

  it('asks for a prefix where the class has no name', () => {
    class Anonymous {
      @SharedTask()
      run(): void {}
    }
    Object.defineProperty(Anonymous, 'name', { value: '' });
    expect(() => readTasks(Anonymous.prototype)).toThrow("add @TaskHost('prefix')");
  });
});

describe('a task decorator', () => {
  it('is refused on what cannot be found later: a static method, a symbol, an accessor', () => {
    class Host {
      run(): void {}
    }
    const method = { value: Host.prototype.run };
    expect(() => SharedTask()(Host, 'run', method)).toThrow(ImproperlyConfigured);
    expect(() => Periodic(1)(Host, 'run', method)).toThrow(
      '@Periodic() on Host.run: it is static. Use an ordinary method.',
    );
    expect(() => SharedTask()(Host.prototype, Symbol('run'), method)).toThrow(/it is named by a symbol/);
    expect(() => SharedTask()(Host.prototype, 'run', { get: () => 1 })).toThrow(/it is an accessor/);
  });

  it('is refused with an option that no task may have, and names the method', () => {
    expect(() => {
      class Host {
        @SharedTask({ acks_lat: true } as never)
        run(): void {}
      }
      return Host;
    }).toThrow("The task Host.run: unknown option 'acks_lat': did you mean 'acks_late'?");
  });

  it('is refused a second time on one method, since a task has one name', () => {
    expect(() => {
      class Host {
        @SharedTask('a')
        @SharedTask('b')
        run(): void {}
      }
      return Host;
    }).toThrow('Host.run has @SharedTask twice');
  });
});

describe('a parameter decorator', () => {
  it('is refused on a constructor', () => {
    expect(() => Ctx()(Object, undefined, 0)).toThrow(TypeError);
  });
});
