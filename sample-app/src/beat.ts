import 'reflect-metadata';
import { runBeat } from 'nestjs-celery/beat';
import { BeatModule } from './beat.module.js';

await runBeat(BeatModule);
