import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { newReportSchema } from './new-report.js';
import type { NewReport } from './new-report.js';
import { ReportsService } from './reports.service.js';

@Controller('reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  /** Answers at once, and says where to look for what became of it. */
  @Post()
  @HttpCode(202)
  async request(@Body({ schema: newReportSchema }) report: NewReport): Promise<{ taskId: string; status: string }> {
    const taskId = await this.reports.request(report);
    return { taskId, status: `/tasks/${taskId}` };
  }
}
