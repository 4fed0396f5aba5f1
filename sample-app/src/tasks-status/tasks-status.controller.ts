import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { Celery } from 'nestjs-celery';
import { describeTask } from './task-status.js';
import type { TaskStatus } from './task-status.js';

@Controller('tasks')
export class TasksStatusController {
  constructor(private readonly celery: Celery) {}

  /** PENDING means that the result backend has no such task: it waits, it runs, or nobody ever sent it. */
  @Get(':id')
  read(@Param('id', ParseUUIDPipe) id: string): Promise<TaskStatus> {
    return describeTask(this.celery.asyncResult(id));
  }
}
