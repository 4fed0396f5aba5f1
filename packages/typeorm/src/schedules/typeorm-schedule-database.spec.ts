import { adapterDeps, describeScheduleDatabase } from '@nestjs-celery/core/testing';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { typeormSchedules } from '../index.js';

let database: OwnDatabase;
beforeAll(async () => void (database = await createOwnDatabase()));
afterAll(() => database.drop());

describeScheduleDatabase('PostgreSQL', () => typeormSchedules({ url: database.url })(adapterDeps()));
describeScheduleDatabase('PostgreSQL without NOTIFY', () =>
  typeormSchedules({ url: database.url, notify: false })(adapterDeps()),
);
