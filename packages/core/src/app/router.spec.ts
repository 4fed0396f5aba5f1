import { TaskRouter } from './router.js';

const route = (routes: ConstructorParameters<typeof TaskRouter>[0], name: string) =>
  new TaskRouter(routes).route(name, [], {}, {});

describe('TaskRouter', () => {
  it('takes an exact name before any pattern, whatever their order', () => {
    expect(route([{ 'mail.*': 'mail', 'mail.urgent': 'fast' }], 'mail.urgent')).toEqual({ queue: 'fast' });
  });

  it('takes patterns in their order', () => {
    const routes = [
      ['mail.*', 'first'],
      ['*', { queue: 'second', priority: 3 }],
    ] as const;
    expect(route([routes], 'mail.send')).toEqual({ queue: 'first' });
    expect(route([routes], 'other')).toEqual({ queue: 'second', priority: 3 });
  });

  it.each([
    ['a.*', 'a.b', true],
    ['a.*', 'b.a.b', false],
    ['*.send', 'x.y.send', true],
    ['a?c.*', 'abc.d', true],
    ['[ab]c.*', 'bc.d', true],
    ['[!ab]c.*', 'bc.d', false],
    ['a+b.*', 'a+b.c', true],
    ['a.b*', 'axbc', false],
  ])('reads the glob %s for %s as Python does', (glob, name, matches) => {
    expect(route([{ [glob]: 'q' }], name) !== undefined).toBe(matches);
  });

  it('treats a name without a star as a name', () => {
    expect(route([{ 'a?c': 'q' }], 'abc')).toBeUndefined();
  });

  it('matches regular expressions from the beginning, as Python does, and the same each time', () => {
    const router = new TaskRouter([[[/(video|audio)\./g, 'media']]]);
    const routes = ['video.encode', 'video.encode', 'my.video.encode'].map((name) => router.route(name, [], {}, {}));
    expect(routes).toEqual([{ queue: 'media' }, { queue: 'media' }, undefined]);
  });

  it('asks functions with the whole call, and goes on to the next router when one has no answer', () => {
    const seen: unknown[] = [];
    const router = new TaskRouter([
      (...call) => {
        seen.push(call);
        return null;
      },
      { t: { queue: 'by-map' } },
    ]);
    expect(router.route('t', [1], { a: 2 }, { priority: 5 })).toEqual({ queue: 'by-map' });
    expect(seen).toEqual([['t', [1], { a: 2 }, { priority: 5 }]]);
  });

  it('has no route for names that are properties of objects', () => {
    expect(route([{ t: 'q' }], 'constructor')).toBeUndefined();
    expect(route([{ t: 'q' }], '__proto__')).toBeUndefined();
  });

  it("takes Celery's names of a route's options, from functions too", () => {
    const options = { routing_key: 'k', soft_time_limit: 5 } as never;
    expect(route([{ 'mail.*': options }], 'mail.send')).toEqual({ routingKey: 'k', softTimeLimit: 5 });
    expect(route([() => options], 'mail.send')).toEqual({ routingKey: 'k', softTimeLimit: 5 });
  });

  it('refuses an option that no route has, naming the nearest', () => {
    expect(() => new TaskRouter([{ 'mail.*': { queu: 'y' } as never }])).toThrow(
      "taskRoutes[0]: the route of 'mail.*': unknown option 'queu': did you mean 'queue'?",
    );
    expect(() => route([() => ({ routing_ky: 'k' }) as never], 't')).toThrow("did you mean 'routing_key'?");
  });

  it('refuses an option that is given under both its names', () => {
    const twice = { routingKey: 'a', routing_key: 'b' } as never;
    expect(() => new TaskRouter([{ t: twice }])).toThrow("'routingKey' is given twice, once as 'routing_key'");
  });

  it('refuses a router or a route that cannot be one', () => {
    expect(() => new TaskRouter(['mail' as never])).toThrow('taskRoutes[0] is mail');
    expect(() => new TaskRouter([{ 'mail.*': 5 as never }])).toThrow("the route of 'mail.*' is 5");
  });
});
