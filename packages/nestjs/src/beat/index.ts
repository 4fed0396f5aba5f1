/**
 * The beat side of nestjs-celery. A beat's main file:
 *
 *     import { runBeat } from 'nestjs-celery/beat';
 *     import { AppModule } from './app.module.js';
 *
 *     await runBeat(AppModule);
 */
export type { BeatHealth } from '@nestjs-celery/core/beat';
export type { AppBeat } from './app-beat.js';
export type { BeatOptions } from './beat-factory.js';
export { CeleryBeatModule } from './celery-beat.module.js';
export type { BeatModuleExtras, BeatModuleOptions } from './beat.module-definition.js';
export { runBeat } from './run-beat.js';
export type { RunBeatOptions, RunningBeat } from './run-beat.js';
export { getBeatToken } from '../tokens.js';
