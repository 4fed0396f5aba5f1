import { Injectable, Logger } from '@nestjs/common';
import { InjectTasks } from 'nestjs-celery';
import type { Tasks } from 'nestjs-celery';
import type { NewReport } from './new-report.js';
import { ReportTasks } from './report.tasks.js';
import { ReportsRepository } from './reports.repository.js';

const MINUTE = 60_000;

@Injectable()
export class ReportsService {
  readonly #logger = new Logger(ReportsService.name);

  constructor(
    private readonly reports: ReportsRepository,
    @InjectTasks(ReportTasks) private readonly tasks: Tasks<ReportTasks>,
  ) {}

  /** Writes the wish down and then sends the task. Gives the id of both: while the broker is away the wish waits for `sendWaiting`. */
  async request(report: NewReport): Promise<string> {
    const { id } = await this.reports.add(report);
    try {
      await this.#send(id);
    } catch (error) {
      this.#logger.warn(`Report ${id} waits for the broker: ${(error as Error).message}`);
    }
    return id;
  }

  /** Sends again what was asked for within the hour and is not built after a minute. Gives how many. */
  async sendWaiting(): Promise<number> {
    const now = Date.now();
    const ids = await this.reports.unbuilt(new Date(now - 60 * MINUTE), new Date(now - MINUTE));
    for (const id of ids) await this.#send(id);
    return ids.length;
  }

  async #send(id: string): Promise<void> {
    await this.tasks.build.applyAsync([id], { taskId: id });
  }
}
