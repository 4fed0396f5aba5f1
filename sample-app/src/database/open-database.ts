import { DataSource, MigrationExecutor } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';

/** Connects, and makes the tables that are missing. */
export async function openDatabase(options?: DataSourceOptions): Promise<DataSource> {
  if (!options) throw new Error('There are no settings for the database.');
  const dataSource = await new DataSource(options).initialize();
  await migrate(dataSource);
  return dataSource;
}

/** Web, worker and beat may start at the same moment: the lock lets one do the work and the others find it done. */
async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.transaction(async ({ queryRunner }) => {
    if (!queryRunner) return;
    await queryRunner.query(`SELECT pg_advisory_xact_lock(hashtext('sample-app migrations'))`);
    await new MigrationExecutor(dataSource, queryRunner).executePendingMigrations();
  });
}
