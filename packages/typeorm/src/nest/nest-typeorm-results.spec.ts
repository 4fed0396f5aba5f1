import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { AdapterFactory, ResultBackend } from '@nestjs-celery/core';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { createOwnDatabase } from '../../../../test/support/own-database.js';
import type { OwnDatabase } from '../../../../test/support/own-database.js';
import { nestTypeormResults } from './index.js';

let database: OwnDatabase;
beforeAll(async () => void (database = await createOwnDatabase()));
afterAll(() => database.drop());

const meta = {
  taskId: 'a',
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '1' },
  traceback: null,
  children: [],
};

it.each([[undefined], ['reports']])('stores through the connection of TypeOrmModule (name: %s)', async (name) => {
  const options = { type: 'postgres' as const, url: database.url, ...(name !== undefined && { name }) };
  const module = await Test.createTestingModule({ imports: [TypeOrmModule.forRoot(options)] }).compile();
  const open = (make: AdapterFactory<ResultBackend>) =>
    make(adapterDeps({}, { resolve: (token) => module.get(token as string, { strict: false }) }));

  const backend = open(nestTypeormResults(name === undefined ? {} : { dataSourceName: name }));
  await backend.connect();
  expect(await backend.storeResult(meta)).toBe('written');
  await backend.close();
  await module.close();
});
