import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Between, IsNull, Repository } from 'typeorm';
import type { NewReport } from './new-report.js';
import { Report } from './report.entity.js';

@Injectable()
export class ReportsRepository {
  constructor(@InjectRepository(Report) private readonly reports: Repository<Report>) {}

  add(report: NewReport): Promise<Report> {
    return this.reports.save(this.reports.create(report));
  }

  get(id: string): Promise<Report> {
    return this.reports.findOneByOrFail({ id });
  }

  async storeCsv(id: string, csv: string): Promise<void> {
    await this.reports.update({ id }, { csv });
  }

  async markMailed(id: string): Promise<void> {
    await this.reports.update({ id }, { mailedAt: new Date() });
  }

  /** The ids of reports asked for between these times that nobody has built. */
  async unbuilt(since: Date, until: Date): Promise<string[]> {
    const reports = await this.reports.find({
      select: { id: true },
      where: { csv: IsNull(), createdAt: Between(since, until) },
      order: { createdAt: 'ASC' },
      take: 1000,
    });
    return reports.map(({ id }) => id);
  }
}
