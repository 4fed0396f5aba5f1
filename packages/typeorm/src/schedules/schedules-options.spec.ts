import { adapterDeps } from '@nestjs-celery/core/testing';
import { DataSource } from 'typeorm';
import { typeormSchedules } from '../index.js';
import type { TypeormSchedulesOptions } from '../index.js';

it.each([
  [{ url: 'postgres://db/x', dataSource: 'token' }, /^typeormSchedules\(\) takes a url or a dataSource, not both/],
  [{ url: 'postgres://db/x', tablePrefix: 'no-good' }, /tablePrefix 'no-good'/],
  [{ url: 'mysql://db/x' }, /address of the schedules' database must begin with postgres/],
])('refuses %j', (options, message) => {
  expect(() => typeormSchedules(options)).toThrow(message);
});

it('tells schedules in one database apart by their address', () => {
  const url = 'postgres://me:sesame@db/app';
  const address = (options: TypeormSchedulesOptions) => typeormSchedules(options)(adapterDeps()).safeUrl;
  expect(address({ url })).toBe('postgres://me:**@db/app');
  expect(address({ url, schema: 'billing' })).toBe('postgres://me:**@db/app (schema billing)');
  expect(address({ url, schema: 'billing', tablePrefix: 'x_' })).toBe(
    'postgres://me:**@db/app (schema billing, prefix x_)',
  );
  const dataSource = new DataSource({ type: 'postgres', url, schema: 'own' });
  expect(address({ dataSource })).toBe('postgres://me:**@db/app (schema own)');
  expect(address({ dataSource: DataSource })).toBe("postgres:// (the application's DataSource)");
  expect(address({ dataSource: 'billingDataSource' })).toBe("postgres:// (the application's billingDataSource)");
});

it('says what is to be done first, and where it cannot be done, without the password', async () => {
  const schedules = typeormSchedules({ url: 'postgres://me:sesame@127.0.0.1:1/app' })(adapterDeps());
  await expect(async () => schedules.tasks.find({ ids: [1] })).rejects.toThrow(
    /me:\*\*@.* is not open: call open\(\) first/,
  );
  await expect(schedules.open()).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
    message: expect.stringMatching(/^The database of schedules postgres:\/\/me:\*\*@127.*ECONNREFUSED/),
  });
  await schedules.close();
});
