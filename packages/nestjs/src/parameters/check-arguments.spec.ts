import { InvalidArguments } from '@nestjs-celery/core';
import { readTasks } from '../discovery/task-metadata.js';
import { Ctx, Kwarg, Kwargs, SharedTask } from '../index.js';
import type { Injected, TaskContext } from '../index.js';
import { createArgumentCheck } from './check-arguments.js';

class Host {
  @SharedTask({ name: 'add', params: ['x', 'y', 'z?'] })
  add(_x: number, _y: number, _z?: number): void {}

  @SharedTask({ params: ['x'], typing: false })
  unchecked(_x: number): void {}

  @SharedTask()
  nameless(_x: number): void {}

  @SharedTask('mail')
  mail(@Ctx() _ctx: Injected<TaskContext>, @Kwarg('to') _to: string, @Kwargs() _rest: Kwargs): void {}
}

function checkOf(method: keyof Host) {
  const task = readTasks(Host.prototype).find((each) => each.method === method);
  return task && createArgumentCheck(Host.prototype, task);
}

describe('the check of arguments at the caller', () => {
  it.each([
    ['add', [1, 2], undefined],
    ['add', [1, 2, 3], undefined],
    ['add', [1], { y: 2 }],
    ['mail', [], { to: 'a@b.c', anything: 1 }],
  ] as const)('lets %s(%j, %j) pass', (method, args, kwargs) => {
    expect(() => checkOf(method)?.(args, kwargs)).not.toThrow();
  });

  it.each([
    ['add', [1], undefined, "add() missing 1 required positional argument: 'y'"],
    ['add', [1, 2, 3, 4], undefined, 'add() takes from 2 to 3 positional arguments but 4 were given'],
    ['add', [1], { w: 2 }, "add() got an unexpected keyword argument 'w'"],
    ['add', [1, 2], { x: 2 }, "add() got multiple values for argument 'x'"],
    ['mail', [], undefined, "mail() missing 1 required positional argument: 'to'"],
  ] as const)('refuses %s(%j, %j) as Python does', (method, args, kwargs, message) => {
    expect(() => checkOf(method)?.(args, kwargs)).toThrow(new InvalidArguments(message));
  });

  it('is not made where no parameter has a name, nor with typing: false', () => {
    expect(checkOf('nameless')).toBeUndefined();
    expect(checkOf('unchecked')).toBeUndefined();
  });
});
