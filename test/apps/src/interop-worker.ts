import 'reflect-metadata';
import { runWorker } from 'nestjs-celery/worker';
import { InteropModule } from './interop.module.js';

await runWorker(InteropModule);
