import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';
import { buildTaskMessage } from './task-call.js';
import type { TaskCall } from './task-call.js';
import { runInTask } from './task-context.js';
import type { TaskContext } from './task-context.js';

const NOW = new Date('2026-11-21T10:00:00.250Z');

function build(call: Partial<TaskCall>, options: CeleryOptions = {}) {
  const defaults = { config: compileConfig(options), now: NOW, origin: 'gen1@host', replyTo: 'replies' };
  return buildTaskMessage({ name: 't.add', args: [1, 2], options: {}, ...call }, defaults);
}

describe('buildTaskMessage', () => {
  it('fills every header, and the properties that Celery always sends', () => {
    const { headers, properties, embed, customHeaders } = build({ options: { taskId: 'id-1' } });
    expect(headers).toEqual({
      lang: 'js',
      task: 't.add',
      id: 'id-1',
      shadow: null,
      eta: null,
      expires: null,
      group: null,
      group_index: null,
      retries: 0,
      timelimit: [null, null],
      root_id: 'id-1',
      parent_id: null,
      argsrepr: '(1, 2)',
      kwargsrepr: '{}',
      origin: 'gen1@host',
      ignore_result: false,
      replaced_task_nesting: 0,
      stamped_headers: null,
      stamps: {},
    });
    expect(properties).toEqual({ correlationId: 'id-1', replyTo: 'replies', deliveryMode: 2, priority: 0 });
    expect(embed).toEqual({ callbacks: null, errbacks: null, chain: null, chord: null });
    expect(customHeaders).toBeNull();
  });

  it('gives each call an id of its own', () => {
    expect(build({}).headers.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(build({}).headers.id).not.toBe(build({}).headers.id);
  });

  it('turns a countdown into an eta; of both, the countdown wins', () => {
    const options = { countdown: 10, eta: new Date(0) };
    expect(build({ options }).headers.eta).toBe('2026-11-21T10:00:10.250000+00:00');
  });

  it('sends a task without eta when the countdown is 0 or less', () => {
    for (const countdown of [0, -5]) expect(build({ options: { countdown } }).headers.eta).toBeNull();
  });

  it('writes times in the time zone of the app when UTC is off', () => {
    const zone = { enableUtc: false, timezone: 'America/New_York' };
    expect(build({ options: { countdown: 10 } }, zone).headers.eta).toBe('2026-11-21T05:00:10.250000-05:00');
  });

  it('sends an eta that is text as it is', () => {
    const eta = '2027-01-01T00:00:00+05:30';
    expect(build({ options: { eta } }).headers.eta).toBe(eta);
  });

  it('tells the expiry to the worker as a time and to the broker in milliseconds', () => {
    const { headers, properties } = build({ options: { expires: 60 } });
    expect(headers.expires).toBe('2026-11-21T10:01:00.250000+00:00');
    expect(properties.expiration).toBe('60000');
    const absolute = build({ options: { expires: '2026-11-21T10:00:01.250+00:00' } });
    expect(absolute.headers.expires).toBe('2026-11-21T10:00:01.250+00:00');
    expect(absolute.properties.expiration).toBe('1000');
  });

  it('leaves an expiry beyond 2^32 - 1 ms to the worker: RabbitMQ would close the channel', () => {
    const { headers, properties } = build({ options: { expires: 2 ** 32 / 1000 } });
    expect(headers.expires).toBe('2027-01-10T03:02:47.546000+00:00');
    expect(properties).not.toHaveProperty('expiration');
    expect(build({ options: { expires: (2 ** 32 - 1) / 1000 } }).properties.expiration).toBe('4294967295');
  });

  it("gives the broker '0' for what has expired already", () => {
    expect(build({ options: { expires: new Date(0) } }).properties.expiration).toBe('0');
  });

  it('puts the hard limit before the soft one', () => {
    expect(build({ options: { timeLimit: 60, softTimeLimit: 50 } }).headers.timelimit).toEqual([60, 50]);
  });

  it('inherits root and parent from the task that publishes', () => {
    const context = { id: 'parent', rootId: 'root' } as TaskContext;
    expect(runInTask(context, () => build({})).headers).toMatchObject({ root_id: 'root', parent_id: 'parent' });
  });

  it('takes the priority of the task that sends it where the settings say so, over the common default', () => {
    const parent = { deliveryInfo: { priority: 7 } } as TaskContext;
    const priority = (options: CeleryOptions, call: TaskCall['options'] = {}) =>
      runInTask(parent, () => build({ options: call }, options).properties.priority);
    expect(priority({})).toBe(0);
    expect(priority({ taskInheritParentPriority: true })).toBe(7);
    expect(priority({ taskInheritParentPriority: true, taskDefaultPriority: 3 })).toBe(7);
    expect(priority({ taskInheritParentPriority: true }, { priority: 1 })).toBe(1);
    expect(build({}, { taskInheritParentPriority: true, taskDefaultPriority: 3 }).properties.priority).toBe(3);
  });

  it.each([
    [{ countdown: Number.NaN }, 'countdown is NaN'],
    [{ eta: new Date(Number.NaN) }, 'eta is an invalid Date'],
    [{ expires: new Date(Number.NaN) }, 'expires is an invalid Date'],
    [{ expires: Number.POSITIVE_INFINITY }, 'expires is Infinity'],
  ])('refuses %j', (options, message) => {
    expect(() => build({ options })).toThrow(message);
  });
});
