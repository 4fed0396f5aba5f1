import { adapterDeps, describeResultBackend } from '@nestjs-celery/core/testing';
import { createOwnDatabase } from '../../../test/support/own-database.js';
import { typeormResults } from './typeorm-results.js';

const database = await createOwnDatabase();
afterAll(() => database.drop());

describeResultBackend('PostgreSQL', (settings) => typeormResults({ url: database.url })(adapterDeps(settings)));
