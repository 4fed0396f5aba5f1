import { Module } from '@nestjs/common';
import { CeleryModule } from 'nestjs-celery';
import { AppModule } from './app.module.js';
import { MailModule } from './mail/mail.module.js';
import { PostTasks } from './posts/post.tasks.js';
import { PostsModule } from './posts/posts.module.js';
import { ReportAlerts } from './reports/report.alerts.js';
import { ReportSchedules } from './reports/report.schedules.js';
import { ReportTasks } from './reports/report.tasks.js';
import { ReportsModule } from './reports/reports.module.js';

/** Runs the tasks: here the task classes are providers. */
@Module({
  imports: [AppModule, PostsModule, ReportsModule, MailModule, CeleryModule.forFeature([ReportTasks])],
  providers: [PostTasks, ReportTasks, ReportSchedules, ReportAlerts],
})
export class WorkerModule {}
