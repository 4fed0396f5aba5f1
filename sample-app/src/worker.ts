import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { WorkerModule } from './worker.module.js';

await runWorker(WorkerModule);
