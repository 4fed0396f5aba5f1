import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { PoisonModule } from './poison.module.js';

await runWorker(PoisonModule);
