import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { QueuesModule } from './queues.module.js';

await runWorker(QueuesModule);
