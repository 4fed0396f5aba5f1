import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { NestModule } from './nest.module.js';

await runWorker(NestModule);
