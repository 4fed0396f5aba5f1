import { memoryBroker, memoryResultBackend } from '../memory/index.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { CeleryApp } from './celery-app.js';
import { compileConfig } from './compiled-config.js';

function makeApp(name: string): CeleryApp {
  const deps = adapterDeps();
  const url = `memory://celery-app-spec-${name}`;
  const backend = memoryResultBackend(url)(deps);
  return new CeleryApp({ config: compileConfig({}), broker: memoryBroker(url)(deps), backend });
}

describe('CeleryApp', () => {
  it("sends with the task's attributes; an option that is undefined hides none of them", async () => {
    const app = makeApp('attributes');
    const options = { queue: undefined, ignoreResult: undefined } as never;
    const result = await app.sendTask('t', [], options, { queue: 'sums', ignoreResult: true });
    expect(result.ignored).toBe(true);
    expect(await app.broker.admin?.depth('sums')).toMatchObject({ messages: 1 });
    await app.close();
  });

  it('takes periodic tasks until a beat of its own has started', async () => {
    const app = makeApp('periodic');
    expect(app.addPeriodicTask(30, 'proj.add', { args: [2, 3], options: { queue: 'sums' } })).toBe('proj.add(2, 3)');
    expect(app.periodicTasks).toMatchObject([{ name: 'proj.add(2, 3)', task: 'proj.add', schedule: 30 }]);
    expect(app.closePeriodicTasks()).toEqual(app.periodicTasks);
    expect(() => app.addPeriodicTask(30, 'proj.tick')).toThrow(/beat has started/);
    expect(app.periodicTasks).toHaveLength(1);
  });

  it('can be closed and opened again', async () => {
    const app = makeApp('reopened');
    await app.connect();
    await app.close();
    await app.close();
    await app.connect();
    expect(await app.asyncResult('nobody').state()).toBe('PENDING');
    await app.close();
  });

  it('closes the backend even when the broker cannot be closed', async () => {
    const app = makeApp('unclosable');
    await app.connect();
    const backend = await app.connectBackend();
    app.broker.close = () => Promise.reject(new Error('stuck'));
    await expect(app.close()).rejects.toThrow('stuck');
    await expect(backend.getMany(['id'])).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('stays closed: neither a call nor remote control opens it again', async () => {
    const app = makeApp('closed');
    await app.connect();
    await app.close();
    await expect(app.sendTask('t', [], { retry: false })).rejects.toMatchObject({ code: 'OPERATIONAL_ERROR' });
    await expect(app.control.revoke('id')).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(app.broker.status.state).toBe('closed');
  });
});
