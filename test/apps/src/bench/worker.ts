import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { BenchModule } from './bench.module.js';

await runWorker(BenchModule);
