import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { PeriodicModule } from './periodic.module.js';

await runWorker(PeriodicModule);
