import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CeleryModule } from 'nestjs-celery';
import { Report } from './report.entity.js';
import { ReportTasks } from './report.tasks.js';
import { ReportsRepository } from './reports.repository.js';
import { ReportsService } from './reports.service.js';

/** What every process knows of reports. `forFeature` lets it send the tasks; it does not make the class that runs them. */
@Module({
  imports: [TypeOrmModule.forFeature([Report]), CeleryModule.forFeature([ReportTasks])],
  providers: [ReportsRepository, ReportsService],
  exports: [ReportsRepository, ReportsService],
})
export class ReportsModule {}
