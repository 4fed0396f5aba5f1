import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { nestTypeormSchedules } from './index.js';

let database: OwnDatabase;
beforeAll(async () => void (database = await createOwnDatabase()));
afterAll(() => database.drop());

it.each([[undefined], ['reports']])(
  'keeps schedules through the connection of TypeOrmModule (name: %s)',
  async (name) => {
    const options = { type: 'postgres' as const, url: database.url, ...(name !== undefined && { name }) };
    const module = await Test.createTestingModule({ imports: [TypeOrmModule.forRoot(options)] }).compile();
    const resolve = (token: unknown): unknown => module.get(token as string, { strict: false });
    const schedules = nestTypeormSchedules(name === undefined ? {} : { dataSourceName: name })(
      adapterDeps({}, { resolve }),
    );
    await schedules.open();
    const id = await schedules.tasks.insert({ name: `of ${name}`, task: 't', schedules: [] });
    expect(await schedules.tasks.find({ ids: [id] })).toHaveLength(1);
    await schedules.close();
    await module.close();
  },
);
