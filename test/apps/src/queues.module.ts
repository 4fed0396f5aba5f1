import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { QueuesTasks } from './queues.tasks.js';

@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [QueuesTasks] })
export class QueuesModule {}
