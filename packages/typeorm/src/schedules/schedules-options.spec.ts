import { adapterDeps } from '@nestjs-celery/core/testing';
import { typeormSchedules } from '../index.js';

it.each([
  [{ url: 'postgres://db/x', dataSource: 'token' }, /^typeormSchedules\(\) takes a url or a dataSource, not both/],
  [{ url: 'postgres://db/x', tablePrefix: 'no-good' }, /tablePrefix 'no-good'/],
  [{ url: 'mysql://db/x' }, /address of the schedules' database must begin with postgres/],
])('refuses %j', (options, message) => {
  expect(() => typeormSchedules(options)).toThrow(message);
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
