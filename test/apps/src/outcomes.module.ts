import { Module } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { OutcomesTasks } from './outcomes.tasks.js';

@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [OutcomesTasks] })
export class OutcomesModule {}
