import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { PoisonTasks } from './poison.tasks.js';

@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [PoisonTasks] })
export class PoisonModule {}
