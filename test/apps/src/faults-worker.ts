import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { FaultsModule } from './faults.module.js';

await runWorker(FaultsModule);
