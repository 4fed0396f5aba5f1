import { adapterDeps, describeScheduleDatabase } from '@nestjs-celery/core/testing';
import { typeormSchedules } from '@nestjs-celery/typeorm';
import { DataSource } from 'typeorm';
import { embeddedPostgres } from './index.js';
import type { EmbeddedPostgres } from './index.js';

let postgres: EmbeddedPostgres;
let dataSource: DataSource;
beforeAll(async () => {
  postgres = await embeddedPostgres();
  dataSource = await new DataSource({ type: 'postgres', driver: postgres, installExtensions: false }).initialize();
}, 60_000);
afterAll(async () => {
  await dataSource.destroy();
  await postgres.close();
});

describeScheduleDatabase('the embedded PostgreSQL', () => typeormSchedules({ dataSource })(adapterDeps()));
