import 'reflect-metadata';
import { runBeat } from 'nestjs-celery/beat';
import { PeriodicModule } from './periodic.module.js';

const { beat } = await runBeat(PeriodicModule);

/** Prints how beat is, as an application would answer a health check. */
process.on('SIGUSR2', () => console.log(`health ${JSON.stringify(beat.health)}`));
