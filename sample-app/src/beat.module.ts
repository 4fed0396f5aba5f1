import { Module } from '@nestjs/common';
import { CeleryModule } from 'nestjs-celery';
import { AppModule } from './app.module.js';
import { ReportSchedules } from './reports/report.schedules.js';

/** Sends the tasks that are due; of the classes with schedules it needs the decorators only. Of several such processes one leads, the others stand by. */
@Module({ imports: [AppModule, CeleryModule.forFeature([ReportSchedules])] })
export class BeatModule {}
