import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { query } from '../../../../test/support/query.js';
import { migrateCommand } from './migrate-command.js';

let database: OwnDatabase;
beforeAll(async () => void (database = await createOwnDatabase()));
afterAll(() => database.drop());

const run = async (...argv: string[]): Promise<{ code: number; said: string[]; complained: string[] }> => {
  const [said, complained]: [string[], string[]] = [[], []];
  const output = { log: (line: string) => said.push(line), error: (line: string) => complained.push(line) };
  return { code: await migrateCommand(argv, output), said, complained };
};

it('makes the tables, and finds nothing to do the second time', async () => {
  expect((await run(database.url, '--schema', 'jobs', '--task-id-max-length=99')).code).toBe(0);
  const { code, said } = await run(database.url, '--schema', 'jobs');
  expect(code).toBe(0);
  expect(said.join()).toMatch(/^The tables of results and schedules at postgres.* are up to date\.$/);
  expect(await query(database.url, 'SELECT count(*)::int FROM jobs.django_celery_results_taskresult')).toEqual([
    { count: 0 },
  ]);
  expect(await query(database.url, 'SELECT count(*)::int FROM jobs.nestjs_celery_schedule_runs')).toEqual([
    { count: 0 },
  ]);
});

it('says what is wrong in one line, and how it is used', async () => {
  const wrongOption = await run(database.url, '--shema', 'jobs');
  expect(wrongOption.code).toBe(1);
  expect(wrongOption.complained.join()).toMatch(/--shema.*\nusage: nestjs-celery-migrate/);
  const nobodyThere = await run('postgres://me:sesame@127.0.0.1:1/app');
  expect(nobodyThere.code).toBe(1);
  expect(nobodyThere.complained.join()).toMatch(
    /postgres:\/\/me:\*\*@127\.0\.0\.1:1\/app cannot be used: .*ECONNREFUSED/,
  );
  expect(nobodyThere.complained.join()).not.toContain('sesame');
});

it('explains itself', async () => {
  expect(await run('--help')).toMatchObject({ code: 0, said: [expect.stringContaining('usage')] });
});
