import { Module } from '@nestjs/common';
import { AppModule } from './app.module.js';
import { MailModule } from './mail/mail.module.js';
import { ReportSchedules } from './reports/report.schedules.js';
import { ReportsModule } from './reports/reports.module.js';

/** Sends the tasks that are due: of the task classes only those with schedules. One such process is enough, and two send everything twice. */
@Module({
  imports: [AppModule, ReportsModule, MailModule],
  providers: [ReportSchedules],
})
export class BeatModule {}
