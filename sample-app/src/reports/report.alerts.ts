import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { OnTaskSignal } from 'nestjs-celery';
import type { SignalPayload } from 'nestjs-celery';
import { mailConfig } from '../config/mail.config.js';
import { Mailer } from '../mail/mailer.js';

/** Listens to what becomes of tasks, without being one. */
@Injectable()
export class ReportAlerts {
  constructor(
    private readonly mailer: Mailer,
    @Inject(mailConfig.KEY) private readonly mail: ConfigType<typeof mailConfig>,
  ) {}

  /** Whoever asked waits for a mail that will not come, so the editor should know. */
  @OnTaskSignal('task_failure', { sender: 'reports.build' })
  async notBuilt({ task, exception }: SignalPayload<'task_failure'>): Promise<void> {
    await this.mailer.send({
      name: `alert-${task.id}`,
      to: this.mail.editor,
      subject: 'A report could not be built',
      text: `Task ${task.name}[${task.id}] with ${JSON.stringify(task.args)} failed: ${String(exception)}\n`,
    });
  }
}
