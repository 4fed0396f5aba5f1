import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { Listener, NestTasks, NoRobots, NotForbidden } from './nest.tasks.js';

/** APPLY_GLOBAL=true: the global guard is for tasks, too. */
@Module({
  imports: [
    CeleryModule.forRoot({ ...celeryConfigFromEnv(), applyGlobalEnhancers: process.env.APPLY_GLOBAL === 'true' }),
  ],
  providers: [NestTasks, NotForbidden, Listener, { provide: APP_GUARD, useClass: NoRobots }],
})
export class NestModule {}
