import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { PoolModule } from './pool.module.js';

await runWorker(PoolModule);
