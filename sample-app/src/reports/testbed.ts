import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { Celery, CeleryModule } from 'nestjs-celery';
import { CeleryTesting, CeleryTestingModule } from 'nestjs-celery/testing';
import { celeryConfig } from '../config/celery.config.js';
import { Mailer } from '../mail/mailer.js';
import type { Mail } from '../mail/mailer.js';
import { PostsRepository } from '../posts/posts.repository.js';
import { mailConfig } from '../config/mail.config.js';
import { ReportAlerts } from './report.alerts.js';
import { ReportTasks } from './report.tasks.js';
import { ReportsRepository } from './reports.repository.js';
import { ReportsService } from './reports.service.js';

const REPORT_ID = '11111111-2222-4333-8444-555555555555';
const REPORT = { from: '2026-11-20', to: '2026-11-20', email: 'you@example.org' };

/** Reports in memory: as much of the repository as the tasks use. */
function reportsInMemory() {
  const report = { ...REPORT, id: REPORT_ID, csv: null as string | null, mailedAt: null as Date | null };
  return {
    add: async () => report,
    get: async () => report,
    storeCsv: async (_id: string, csv: string) => void (report.csv = csv),
    markMailed: async () => void (report.mailedAt = new Date()),
  };
}

/** The reports and their tasks as the application configures them, without a server: for the tests beside this file. */
export async function openTestbed() {
  const outbox: Mail[] = [];
  const posts: Pick<PostsRepository, 'madeBetween'> = { madeBetween: async () => [] };
  const moduleRef = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot({ ignoreEnvFile: true, load: [mailConfig] }),
      CeleryModule.forRootAsync(celeryConfig.asProvider()),
      CeleryModule.forFeature([ReportTasks]),
      CeleryTestingModule,
    ],
    providers: [
      ReportTasks,
      ReportAlerts,
      ReportsService,
      { provide: ReportsRepository, useFactory: reportsInMemory },
      { provide: PostsRepository, useValue: posts },
      { provide: Mailer, useValue: { send: async (mail: Mail) => void outbox.push(mail) } },
    ],
  }).compile();
  await moduleRef.init();
  return {
    outbox,
    posts,
    tasks: moduleRef.get(Celery).tasks(ReportTasks),
    service: moduleRef.get(ReportsService),
    celery: moduleRef.get(CeleryTesting),
    report: REPORT,
    close: () => moduleRef.close(),
  };
}
