import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { NestHandlerFactory } from './nest-handler.js';
import { WorkerFactory } from './worker-factory.js';

/** What makes workers, without a worker. */
@Module({
  imports: [DiscoveryModule],
  providers: [TaskExplorer, NestHandlerFactory, WorkerFactory],
  exports: [WorkerFactory],
})
export class WorkerServicesModule {}
