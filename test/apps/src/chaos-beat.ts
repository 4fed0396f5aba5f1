import 'reflect-metadata';
import { runBeat } from 'nestjs-celery/beat';
import { ChaosModule } from './chaos.module.js';

await runBeat(ChaosModule);
