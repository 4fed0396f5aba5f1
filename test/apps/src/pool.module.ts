import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { PoolTasks } from './pool.tasks.js';

@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [PoolTasks] })
export class PoolModule {}
