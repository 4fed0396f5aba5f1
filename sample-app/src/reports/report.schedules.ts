import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Periodic, SharedTask, crontab } from 'nestjs-celery';
import { mailConfig } from '../config/mail.config.js';
import { ReportsService } from './reports.service.js';

/** Seconds between two looks for reports that wait. */
const RESEND_EVERY = Number(process.env.RESEND_EVERY ?? 30);

@Injectable()
export class ReportSchedules {
  constructor(
    private readonly reports: ReportsService,
    @Inject(mailConfig.KEY) private readonly mail: ConfigType<typeof mailConfig>,
  ) {}

  /** Every night at three: the posts of the day before, for the editor. */
  @Periodic(crontab({ hour: 3, minute: 0 }))
  @SharedTask('reports.nightly')
  async nightly(): Promise<{ report: string }> {
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
    return { report: await this.reports.request({ from: yesterday, to: yesterday, email: this.mail.editor }) };
  }

  /** One look is as good as another, so one that no worker takes in time is dropped instead of piling up in the queue. */
  @Periodic(RESEND_EVERY, { options: { expires: RESEND_EVERY } })
  @SharedTask('reports.resend')
  async resend(): Promise<{ sent: number }> {
    return { sent: await this.reports.sendWaiting() };
  }
}
