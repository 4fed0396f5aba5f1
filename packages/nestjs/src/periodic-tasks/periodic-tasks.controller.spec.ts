import { Controller, Injectable, Logger, Module, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { BackendUnavailable } from '@nestjs-celery/core';
import type { CeleryApp, ReceivedMessage, ScheduleDatabase } from '@nestjs-celery/core';
import { memorySchedules } from '@nestjs-celery/core/memory';
import { waitUntil } from '@nestjs-celery/core/testing';
import { CeleryModule, getCeleryAppToken, SharedTask } from '../index.js';
import type { AdapterFactory, CeleryOptions } from '../index.js';
import { PeriodicTasksController, PeriodicTasksModule } from './index.js';
import type { PeriodicTasksModuleOptions } from './index.js';

@Injectable()
class MathTasks {
  @SharedTask({ name: 'math.add', queue: 'sums' })
  add(x: number, y: number): number {
    return x + y;
  }
}

const apps: INestApplication[] = [];
let hubs = 0;

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

/** An application that serves periodic tasks, and its client. */
async function serve(
  options: PeriodicTasksModuleOptions = { guards: [] },
  settings: CeleryOptions = {},
  more: Parameters<typeof Module>[0] = {},
  prefix?: string,
) {
  const broker = `memory://periodic-tasks-rest-${++hubs}`;
  const beatScheduler = memorySchedules(broker);
  const moduleRef = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker, beatScheduler, ...settings }),
      PeriodicTasksModule.forRoot(options),
      ...(more.imports ?? []),
    ],
    controllers: more.controllers ?? [],
    providers: [MathTasks],
  }).compile();
  const app = moduleRef.createNestApplication({ logger: false });
  if (prefix !== undefined) app.setGlobalPrefix(prefix);
  await app.listen(0, '127.0.0.1');
  apps.push(app);
  const url = await app.getUrl();
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: (isJson ? await response.json() : {}) as Record<string, unknown> };
  };
  return { app, send };
}

const SUM = { name: 'sum', task: 'math.add', schedule: 30, args: [2, 3] };

describe('PeriodicTasksController', () => {
  it('makes a periodic task and shows it, by its id and by its name', async () => {
    const { send } = await serve();
    const made = await send('POST', 'periodic-tasks', {
      ...SUM,
      startTime: '2030-01-31T09:00:00+01:00',
      misfire: 'skip',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      id: 1,
      name: 'sum',
      schedule: { kind: 'interval', every: 30, period: 'seconds' },
      scheduleText: 'every 30 seconds',
      args: [2, 3],
      startTime: '2030-01-31T08:00:00.000Z',
      policy: { misfire: 'skip' },
      enabled: true,
      problems: {},
    });
    expect((await send('GET', 'periodic-tasks/1')).body).toEqual(made.body);
    expect((await send('GET', 'periodic-tasks/0000000001')).body).toEqual(made.body);
    expect((await send('GET', 'periodic-tasks/sum')).body).toEqual(made.body);
  });

  it('finds a name of any letters, and of digits alone where no id is meant', async () => {
    const { send } = await serve();
    for (const name of ['a/b c?%', '77', '99999999999', '9'.repeat(40)]) {
      await send('POST', 'periodic-tasks', { ...SUM, name });
      expect((await send('GET', `periodic-tasks/${encodeURIComponent(name)}`)).body).toMatchObject({ name });
    }
  });

  it('takes every kind of schedule as a row of its table', async () => {
    const { send } = await serve();
    const schedules = [
      { kind: 'interval', every: 10, period: 'minutes' },
      { kind: 'crontab', minute: '30', hour: '7', dayOfWeek: 'mon-fri', timezone: 'Asia/Seoul' },
      { kind: 'solar', event: 'sunset', latitude: 37.57, longitude: 126.98 },
      { kind: 'clocked', clockedTime: '2031-01-01T00:00:00.000Z' },
    ];
    for (const schedule of schedules) {
      const oneOff = schedule.kind === 'clocked';
      const { status, body } = await send('POST', 'periodic-tasks', { ...SUM, name: schedule.kind, schedule, oneOff });
      expect(status).toBe(201);
      expect(body['schedule']).toMatchObject(schedule);
    }
  });

  it('lists in order of the name, in part, by search and by what is enabled', async () => {
    const { send } = await serve();
    for (const name of ['c', 'a', 'b']) await send('POST', 'periodic-tasks', { ...SUM, name, enabled: name !== 'b' });
    const names = async (query: string) => {
      const { body } = await send('GET', `periodic-tasks?${query}`);
      return [(body['tasks'] as { name: string }[]).map(({ name }) => name), body['total']];
    };
    expect(await names('')).toEqual([['a', 'b', 'c'], 3]);
    expect(await names('limit=1&offset=1')).toEqual([['b'], 3]);
    expect(await names('enabled=true')).toEqual([['a', 'c'], 2]);
    expect(await names('enabled=false')).toEqual([['b'], 1]);
    expect(await names('search=B')).toEqual([['b'], 1]);
    expect(await names('search=MATH')).toEqual([['a', 'b', 'c'], 3]);
  });

  it('changes what is given and leaves the rest', async () => {
    const { send } = await serve();
    await send('POST', 'periodic-tasks', { ...SUM, expires: '2030-01-01T00:00:00Z' });
    const { status, body } = await send('PATCH', 'periodic-tasks/sum', { args: [4, 5], expires: null });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'sum', args: [4, 5], expires: null, scheduleText: 'every 30 seconds' });
  });

  it('takes back the policy that it shows', async () => {
    const { send } = await serve();
    const policy = { misfire: 'skip', jitter: 2, pauseUntil: '2031-01-01T00:00:00.000Z' };
    const made = await send('POST', 'periodic-tasks', { ...SUM, policy });
    expect(made.body).toMatchObject({ policy: { ...policy, overlap: 'allow' } });
    const shown = made.body['policy'];
    expect((await send('PATCH', 'periodic-tasks/sum', { policy: shown })).body['policy']).toEqual(shown);
    const { status, body } = await send('PATCH', 'periodic-tasks/sum', { policy: shown, jitter: 3 });
    expect([status, body['fields']]).toEqual([422, { jitter: [expect.stringContaining('give it once')] }]);
  });

  it('enables, disables, toggles and deletes', async () => {
    const { send } = await serve();
    await send('POST', 'periodic-tasks', SUM);
    const after = async (verb: string) => (await send('POST', `periodic-tasks/sum/${verb}`)).body['enabled'];
    expect([await after('disable'), await after('enable'), await after('toggle'), await after('toggle')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(await send('DELETE', 'periodic-tasks/sum')).toEqual({ status: 204, body: {} });
    expect((await send('GET', 'periodic-tasks/sum')).status).toBe(404);
  });

  it('sends a task now, with the options of the task and the name of the entry', async () => {
    const { app, send } = await serve();
    await send('POST', 'periodic-tasks', { ...SUM, enabled: false });
    const { broker, queues } = app.get<CeleryApp>(getCeleryAppToken());
    const messages: ReceivedMessage[] = [];
    await broker.declare(queues.get('sums').topology);
    const session = await broker.openSession({
      onDelivery: ({ message, ack }) => (messages.push(message), ack()),
      onLost: () => {},
      onCancelled: () => {},
    });
    await session.subscribe('sums');
    const { status, body } = await send('POST', 'periodic-tasks/sum/run');
    expect(status).toBe(202);
    await waitUntil('a message', () => messages.length > 0);
    expect(messages[0]?.headers).toMatchObject({ id: body['taskId'], argsrepr: '(2, 3)', periodic_task_name: 'sum' });
  });

  it('says when it is due next, and what was', async () => {
    const { send } = await serve();
    await send('POST', 'periodic-tasks', { ...SUM, schedule: { kind: 'crontab', minute: '0', hour: '4' } });
    const { body } = await send('GET', 'periodic-tasks/sum/next-runs?count=3');
    const runs = (body as unknown as string[]).map((text) => new Date(text));
    expect(runs.map((run) => run.getUTCHours())).toEqual([4, 4, 4]);
    expect(await send('GET', 'periodic-tasks/sum/history?limit=5')).toEqual({ status: 200, body: [] });
  });
});

describe('what goes wrong at PeriodicTasksController', () => {
  it('is 422 with every field that is wrong', async () => {
    const { send } = await serve();
    const wrong = { ...SUM, name: '', priority: 300, expires: '2030-01-01', expireSeconds: 5, schedule: undefined };
    const { status, body } = await send('POST', 'periodic-tasks', wrong);
    expect(status).toBe(422);
    expect(body).toMatchObject({ statusCode: 422, error: 'Unprocessable Entity', message: expect.any(String) });
    const fields = body['fields'] as Record<string, string[]>;
    expect(Object.keys(fields).sort()).toEqual(['expireSeconds', 'expires', 'name', 'priority', 'schedule']);
    expect(fields['priority']).toEqual(['Ensure this value is less than or equal to 255.']);
  });

  it.each([
    [{ startTime: 'soon', expires: 7, pauseUntil: '' }, ['expires', 'pauseUntil', 'startTime']],
    [{ schedule: { kind: 'clocked', clockedTime: 'x' }, oneOff: true }, ['clockedTime']],
    [{ schedule: { kind: 'crontab', dayOfWeek: '7' } }, ['dayOfWeek']],
    [{ schedule: 0 }, ['seconds']],
    [{ nmae: 'x' }, ['nmae']],
    [{ id: 1, nextRunAt: null }, ['id', 'nextRunAt']],
    [{ schedule: { kind: 'constructor', every: 1 } }, ['schedule']],
    [{ schedule: { kind: '__proto__', every: 1 } }, ['schedule']],
    [{ schedule: JSON.parse('{"kind":"interval","every":1,"period":"days","__proto__":1}') as object }, ['__proto__']],
    [{ schedule: { kind: 'interval', every: 1, period: 'days', next: 5 } }, ['next']],
    [{ headers: { id: 'x' } }, ['headers']],
    [{ policy: { pauseUntil: 'soon' } }, ['pauseUntil']],
  ])('is 422 for %j', async (fields, wrong) => {
    const { send } = await serve();
    const { status, body } = await send('POST', 'periodic-tasks', { ...SUM, ...fields });
    expect([status, Object.keys(body['fields'] as object).sort()]).toEqual([422, wrong]);
  });

  it('is 422 for what is no object, and 400 for what is no query', async () => {
    const { send } = await serve();
    expect(await send('POST', 'periodic-tasks', [])).toMatchObject({
      status: 422,
      body: { fields: { body: [expect.stringContaining('JSON object')] } },
    });
    expect((await send('GET', 'periodic-tasks?limit=x')).status).toBe(400);
    expect((await send('GET', 'periodic-tasks?limit=1001')).status).toBe(400);
    expect((await send('GET', 'periodic-tasks?enabled=maybe')).status).toBe(400);
    for (const query of ['search=a&search=b', 'limit=1&limit=1', 'enabled=true&enabled=true', 'search=%00']) {
      expect([query, (await send('GET', `periodic-tasks?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('is 404 for what does not exist, on every path', async () => {
    const { send } = await serve();
    const paths = ['', '/next-runs', '/history'].map((path) => ['GET', path] as const);
    const verbs = ['/enable', '/disable', '/toggle', '/run'].map((path) => ['POST', path] as const);
    for (const [method, path] of [...paths, ...verbs, ['DELETE', ''] as const]) {
      for (const id of ['9', 'nobody', '%00', '99999999999']) {
        const { status, body } = await send(method, `periodic-tasks/${id}${path}`);
        expect([method, path, status]).toEqual([method, path, 404]);
        expect(body).toMatchObject({ error: 'Not Found', message: expect.stringContaining(decodeURIComponent(id)) });
      }
    }
    expect((await send('PATCH', 'periodic-tasks/9', {})).status).toBe(404);
  });

  it('is 409 for a name that is taken, with the field', async () => {
    const { send } = await serve();
    await send('POST', 'periodic-tasks', SUM);
    await send('POST', 'periodic-tasks', { ...SUM, name: 'other' });
    const taken = { status: 409, body: { error: 'Conflict', fields: { name: [expect.stringContaining('exists')] } } };
    expect(await send('POST', 'periodic-tasks', SUM)).toMatchObject(taken);
    expect(await send('PATCH', 'periodic-tasks/other', { name: 'sum' })).toMatchObject(taken);
  });

  it('is 422 when what is to be run now cannot be sent as it stands', async () => {
    const { send } = await serve({ guards: [] }, { taskCreateMissingQueues: false });
    await send('POST', 'periodic-tasks', { ...SUM, queue: 'nowhere' });
    const { status, body } = await send('POST', 'periodic-tasks/sum/run');
    expect([status, body]).toEqual([422, expect.objectContaining({ message: expect.stringContaining('nowhere') })]);
    await send('PATCH', 'periodic-tasks/sum', { queue: null, exchange: 'amq.direct', routingKey: 'unbound' });
    expect((await send('POST', 'periodic-tasks/sum/run')).status).toBe(422);
  });

  it('is 503 while the database is away, which the log names and the answer does not, and nothing when it is back', async () => {
    const logged: unknown[] = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((message: unknown) => void logged.push(message));
    let away = true;
    const beatScheduler: AdapterFactory<ScheduleDatabase> = (deps) => {
      const database = memorySchedules(`memory://periodic-tasks-rest-${hubs}`)(deps);
      const { open } = database;
      database.open = () =>
        away ? Promise.reject(new BackendUnavailable('postgres://db.internal is away.')) : open.call(database);
      return database;
    };
    const { send } = await serve(undefined, { beatScheduler });
    expect(await send('GET', 'periodic-tasks')).toMatchObject({
      status: 503,
      body: {
        statusCode: 503,
        error: 'Service Unavailable',
        message: expect.stringMatching(/^The database or.* later\.$/),
      },
    });
    expect(logged).toEqual(['postgres://db.internal is away.']);
    away = false;
    expect((await send('GET', 'periodic-tasks')).status).toBe(200);
  });
});

@Injectable()
class Keys {
  readonly key = 'open sesame';
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly keys: Keys) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-key'] === this.keys.key;
  }
}

describe('PeriodicTasksModule.forRoot', () => {
  it('mounts nothing unless somebody has said by what it is guarded', () => {
    expect(() => PeriodicTasksModule.forRoot()).toThrow(/without guards.*guards: \[YourGuard\].*controllers: false/);
  });

  it('lets pass whom the guards let pass, which find what they need in its imports', async () => {
    const { send } = await serve({ guards: [KeyGuard], imports: [KeysModule] });
    expect((await send('GET', 'periodic-tasks')).status).toBe(403);
    expect((await send('POST', 'periodic-tasks/x/run')).status).toBe(403);
    expect((await send('GET', 'periodic-tasks', undefined, { 'x-key': 'open sesame' })).status).toBe(200);
  });

  it('names the controller after its app, for logs, traces and OpenAPI', () => {
    const mounted = (app?: string) =>
      PeriodicTasksModule.forRoot({ guards: [], ...(app !== undefined && { app }) }).controllers?.map(
        ({ name }) => name,
      );
    expect(mounted()).toEqual(['PeriodicTasksController']);
    expect(mounted('billing')).toEqual(['BillingPeriodicTasksController']);
  });

  it('mounts at a path, below the global prefix', async () => {
    const { send } = await serve({ guards: [], path: 'admin/schedules' }, {}, {}, 'api');
    expect((await send('GET', 'api/admin/schedules')).status).toBe(200);
    expect((await send('GET', 'periodic-tasks')).status).toBe(404);
  });

  it('mounts nothing with controllers: false, and lets a class of yours stand anywhere', async () => {
    @Controller('mine')
    @UseGuards(KeyGuard)
    class MyPeriodicTasks extends PeriodicTasksController {}

    const service = PeriodicTasksModule.forRoot({ controllers: false });
    const { send } = await serve(
      { controllers: false },
      {},
      { controllers: [MyPeriodicTasks], imports: [service, KeysModule] },
    );
    expect((await send('GET', 'periodic-tasks')).status).toBe(404);
    expect((await send('GET', 'mine')).status).toBe(403);
    const key = { 'x-key': 'open sesame' };
    expect((await send('POST', 'mine', { ...SUM, priority: -1 }, key)).body).toHaveProperty('fields.priority');
    expect((await send('POST', 'mine', SUM, key)).status).toBe(201);
  });
});
