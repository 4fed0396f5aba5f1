import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { BadInputModule } from './bad-input.module.js';

await runWorker(BadInputModule);
