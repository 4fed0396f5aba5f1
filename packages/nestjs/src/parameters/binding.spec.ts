import { createParamDecorator } from '@nestjs/common';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { Ctx, Kwarg, Kwargs, SharedTask } from '../index.js';
import type { Injected, TaskContext } from '../index.js';
import { createBinder } from './binding.js';
import { readParameters } from './task-parameters.js';

const Tenant = createParamDecorator(() => 'acme');

class Host {
  @SharedTask()
  add(_x: number, _y: number): void {}

  @SharedTask()
  mail(_to: string, _subject = 'hello', _copies = 1): void {}

  @SharedTask()
  sum(..._numbers: number[]): void {}

  @SharedTask()
  named(@Kwarg('to') _to: string, @Kwarg('subject') _subject: string, @Kwarg('cc?') _cc?: string): void {}

  @SharedTask()
  rest(@Kwarg('x') _x: number, @Kwargs() _rest: Kwargs): void {}

  @SharedTask()
  mixed(@Ctx() _ctx: Injected<TaskContext>, _x: number, @Kwarg('y') _y: number): void {}

  @SharedTask()
  context(@Ctx() _ctx: Injected<TaskContext>, _x: number): void {}

  @SharedTask()
  custom(@Tenant() _tenant: string, _x: number): void {}

  @SharedTask()
  clash(@Kwarg('x') _x: number, @Kwarg('x') _y: number): void {}
}

function call(method: keyof Host, args: unknown[], kwargs: Record<string, unknown> = {}, params?: string[]): unknown[] {
  return createBinder('math.add', readParameters(Host.prototype, method, params))(args, kwargs);
}

describe('binding without names', () => {
  it('passes positional arguments as they come', () => {
    expect(call('add', [1, 2])).toEqual([1, 2]);
    expect(call('sum', [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
    expect(call('add', [1, 2, 3])).toEqual([1, 2, 3]);
  });

  it('refuses every keyword', () => {
    expect(() => call('add', [1], { y: 2 })).toThrow(
      new TypeError("math.add() got an unexpected keyword argument 'y'"),
    );
  });

  it('puts arguments around the parameters that are injected', () => {
    expect(call('context', [7])).toEqual([undefined, 7]);
    expect(call('context', [7, 8])).toEqual([undefined, 7, 8]);
    expect(call('custom', [7])).toEqual([undefined, 7]);
  });
});

describe('binding with names', () => {
  const params = ['x', 'y'];

  it.each([
    [[1, 2], {}],
    [[1], { y: 2 }],
    [[], { y: 2, x: 1 }],
  ])('binds %j and %j', (args, kwargs) => {
    expect(call('add', args, kwargs, params)).toEqual([1, 2]);
  });

  it('binds by @Kwarg as by params', () => {
    expect(call('named', ['a'], { subject: 's' })).toEqual(['a', 's', undefined]);
    expect(call('named', [], { cc: 'c', subject: 's', to: 'a' })).toEqual(['a', 's', 'c']);
  });

  it('leaves a parameter with a default value, or a name that ends in ?, to the method', () => {
    expect(call('mail', ['a'], {}, ['to', 'subject', 'copies'])).toEqual(['a', undefined, undefined]);
    expect(call('add', [1], {}, ['x', 'y?'])).toEqual([1, undefined]);
  });

  it('gives @Kwargs what no parameter takes, __proto__ included, and nothing else', () => {
    const kwargs = JSON.parse('{"x": 1, "a": 2, "__proto__": {"polluted": true}}') as Record<string, unknown>;
    const [x, rest] = call('rest', [], kwargs) as [number, object];
    expect(x).toBe(1);
    expect(Object.keys(rest)).toEqual(['a', '__proto__']);
    expect((rest as { polluted?: boolean }).polluted).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('takes a positional-only parameter beside a named one', () => {
    expect(call('mixed', [1], { y: 2 })).toEqual([undefined, 1, 2]);
  });

  it.each([
    ['add', [1, 2, 3], {}, params, 'math.add() takes 2 positional arguments but 3 were given'],
    ['context', [1, 2], {}, ['x'], 'math.add() takes 1 positional argument but 2 were given'],
    ['mail', [1, 2, 3, 4], {}, ['a', 'b', 'c'], 'math.add() takes from 1 to 3 positional arguments but 4 were given'],
    ['add', [1], {}, params, "math.add() missing 1 required positional argument: 'y'"],
    ['add', [], {}, params, "math.add() missing 2 required positional arguments: 'x' and 'y'"],
    ['mixed', [], {}, undefined, "math.add() missing 2 required positional arguments: #2 and 'y'"],
    ['add', [1, 2], { z: 3 }, params, "math.add() got an unexpected keyword argument 'z'"],
    ['add', [1, 2], { x: 3 }, params, "math.add() got multiple values for argument 'x'"],
    ['add', [1, 2, 3], { z: 3 }, params, "math.add() got an unexpected keyword argument 'z'"],
    ['add', [1, 2], { constructor: 3 }, params, "math.add() got an unexpected keyword argument 'constructor'"],
  ] as const)('refuses %s(%j, %j) as Python does', (method, args, kwargs, names, message) => {
    expect(() => call(method, [...args], kwargs, names && [...names])).toThrow(new TypeError(message));
  });
});

describe('the parameters of a method', () => {
  it('are not as many as params names: refused when the application starts', () => {
    expect(() => readParameters(Host.prototype, 'add', ['x', 'y', 'z'])).toThrow(ImproperlyConfigured);
    expect(() => readParameters(Host.prototype, 'add', ['x', 'y', 'z'])).toThrow(/Host\.add has 2 parameter/);
  });

  it('have two of one name, or one of two: refused', () => {
    expect(() => readParameters(Host.prototype, 'clash')).toThrow("Host.clash: two parameters are named 'x'.");
    expect(() => readParameters(Host.prototype, 'named', ['a'])).toThrow(/named by params and by @Kwarg/);
  });
});
