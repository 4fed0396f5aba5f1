import 'reflect-metadata';
import { runBeat } from 'nestjs-celery/beat';
import { PeriodicModule } from './periodic.module.js';

await runBeat(PeriodicModule);
