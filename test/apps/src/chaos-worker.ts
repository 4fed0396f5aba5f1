import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { ChaosModule } from './chaos.module.js';

await runWorker(ChaosModule);
