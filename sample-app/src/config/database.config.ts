import { registerAs } from '@nestjs/config';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { Initial1763700000000 } from '../database/1763700000000-initial.js';

/** The DATABASE_URL that means: no server, but a PostgreSQL within this process, gone when it ends. */
export const EMBEDDED_DATABASE = 'embedded:';

export const databaseConfig = registerAs('database', async (): Promise<TypeOrmModuleOptions> => {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres:postgres@localhost:5432/postgres';
  return {
    type: 'postgres',
    ...(url === EMBEDDED_DATABASE ? await embedded() : { url }),
    autoLoadEntities: true,
    installExtensions: false,
    migrations: [Initial1763700000000],
  };
});

/** Loaded when it is asked for: with a server there is no need of it. */
async function embedded() {
  const { embeddedPostgres } = await import('../embedded/index.js');
  return { driver: await embeddedPostgres() };
}
