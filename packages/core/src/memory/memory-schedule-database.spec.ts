import { adapterDeps } from '../testing/adapter-deps.js';
import { FakeClock } from '../testing/fake-clock.js';
import { describeScheduleDatabase } from '../testing/schedule-database-conformance/describe-schedule-database.js';
import { memorySchedules } from './memory-schedule-database.js';

describeScheduleDatabase('memory://', () => memorySchedules('memory://suite')(adapterDeps()));

const EVERY_MINUTE = { kind: 'interval', every: 1, period: 'minutes' } as const;
const row = { name: 'a', task: 't', schedules: [EVERY_MINUTE] };

it('shares the schedules of one name, and of that name only', async () => {
  const open = (url: string) => memorySchedules(url)(adapterDeps());
  const [one, same, other] = [open('memory://one'), open('memory://one/'), open('memory://two')];
  await Promise.all([one, same, other].map((database) => database.open()));
  await one.tasks.insert(row);
  expect((await same.tasks.list({ limit: 9, offset: 0 })).total).toBe(1);
  expect((await other.tasks.list({ limit: 9, offset: 0 })).total).toBe(0);
  await Promise.all([one, same, other].map((database) => database.close()));
});

it('forgets a name when the last database of it is closed', async () => {
  const database = memorySchedules('memory://gone')(adapterDeps());
  await database.open();
  await database.tasks.insert(row);
  await database.close();
  await database.open();
  expect((await database.tasks.list({ limit: 9, offset: 0 })).total).toBe(0);
  await database.close();
});

it('stays as it is when the caller changes what was given or found', async () => {
  const database = memorySchedules('memory://copies')(adapterDeps());
  await database.open();
  const startTime = new Date('2026-01-01T00:00:00Z');
  const id = await database.tasks.insert({ ...row, startTime });
  startTime.setTime(0);
  (await database.tasks.find({ ids: [id] }))[0]?.startTime?.setTime(1);
  expect((await database.tasks.page(0, 9))[0]?.startTime).toEqual(new Date('2026-01-01T00:00:00Z'));
  await database.close();
});

it('lets a lease run out by the clock it was given', async () => {
  const clock = new FakeClock();
  const database = memorySchedules('memory://leases')(adapterDeps({}, { clock }));
  await database.open();
  expect(await database.leases.acquire('a', 1_000)).toEqual({ fence: '1' });
  await clock.advance(999);
  expect(await database.leases.acquire('b', 1_000)).toEqual({
    heldBy: 'a',
    until: new Date(clock.now().getTime() + 1),
  });
  await clock.advance(1);
  expect(await database.leases.acquire('b', 1_000)).toEqual({ fence: '2' });
  await database.close();
});

it('leaves the lease with the last holder until another takes it', async () => {
  const clock = new FakeClock();
  const database = memorySchedules('memory://idle')(adapterDeps({}, { clock }));
  await database.open();
  await database.leases.acquire('a', 1_000);
  await clock.advance(5_000);
  expect(await database.leases.renew('1', 1_000)).toBe(true);
  expect(await database.leases.acquire('b', 1_000)).toMatchObject({ heldBy: 'a' });
  await database.close();
});

it('says to open it first', async () => {
  const database = memorySchedules()(adapterDeps());
  await expect(database.tasks.page(0, 1)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  await expect(database.watch(() => {})).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
});
