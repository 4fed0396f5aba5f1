import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { OutcomesModule } from './outcomes.module.js';

await runWorker(OutcomesModule);
