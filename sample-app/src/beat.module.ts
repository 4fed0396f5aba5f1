import { Module } from '@nestjs/common';
import { CeleryModule } from 'nestjs-celery';
import { AppModule } from './app.module.js';
import { ReportSchedules } from './reports/report.schedules.js';

/** Sends the tasks that are due. It reads their schedules and makes no task class. */
@Module({
  imports: [AppModule, CeleryModule.forFeature([ReportSchedules])],
})
export class BeatModule {}
