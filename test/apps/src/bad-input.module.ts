import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { BadInputTasks, DeclaredTasks } from './bad-input.tasks.js';

@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [BadInputTasks, DeclaredTasks] })
export class BadInputModule {}
