import { Body, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { hasCode } from '@nestjs-celery/core';
import { PeriodicTasks } from '@nestjs-celery/core/periodic-tasks';
import type { PeriodicRun, PeriodicTask, PeriodicTaskInput } from '@nestjs-celery/core/periodic-tasks';
import { HttpErrors } from './http-errors.js';
import { readBody } from './read-body.js';
import { booleanOf, textOf, wholeNumberOf } from './read-query.js';
import type { QueryValue } from './read-query.js';

const PAGE = { otherwise: 100, most: 1000 };
const OFFSET = { otherwise: 0, most: 2 ** 31 - 1 };
const NEXT_RUNS = { otherwise: 10, most: 1000 };

/** The query of a list, as it stands in the URL. */
export interface ListQuery {
  /** Part of the name or the task. */
  search?: QueryValue;
  /** `true` or `false`. */
  enabled?: QueryValue;
  /** @default 100 */
  limit?: QueryValue;
  /** @default 0 */
  offset?: QueryValue;
}

/**
 * Periodic tasks over HTTP. `PeriodicTasksModule` mounts it; to mount it yourself, inherit:
 * `@Controller('schedules') @UseGuards(AdminGuard) class Schedules extends PeriodicTasksController {}`. `:id` is the id or the name.
 * Errors: 422 for what is wrong, with `fields` where it is the task's; 400 for a query; 404; 409 for a name that is taken; 503 while database or
 * broker are away, whose words stand in the log only.
 */
@UseInterceptors(HttpErrors)
export abstract class PeriodicTasksController {
  constructor(protected readonly tasks: PeriodicTasks) {}

  /** `{ tasks, total }`, in order of the name. */
  @Get()
  list(@Query() { search, enabled, limit, offset }: ListQuery): Promise<{ tasks: PeriodicTask[]; total: number }> {
    return this.tasks.list({
      search: textOf('search', search),
      enabled: booleanOf('enabled', enabled),
      limit: wholeNumberOf('limit', limit, PAGE),
      offset: wholeNumberOf('offset', offset, OFFSET),
    });
  }

  /** By its id or its name. */
  @Get(':id')
  async get(@Param('id') id: string): Promise<PeriodicTask> {
    return this.tasks.get(await this.#which(id));
  }

  /** Made of a JSON object with the fields of `PeriodicTaskInput`: 201. */
  @Post()
  async create(@Body() body: unknown): Promise<PeriodicTask> {
    return this.tasks.create(readBody(body) as unknown as PeriodicTaskInput);
  }

  /** What is left out stays. */
  @Patch(':id')
  async update(@Param('id') id: string, @Body() body: unknown): Promise<PeriodicTask> {
    return this.tasks.update(await this.#which(id), readBody(body));
  }

  /** With its policy: 204. */
  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  async remove(@Param('id') id: string): Promise<void> {
    await this.tasks.delete(await this.#which(id));
  }

  /** Has beat send it again; 422 when it is not fit to be sent. */
  @Post(':id/enable')
  @HttpCode(HttpStatus.OK)
  async enable(@Param('id') id: string): Promise<PeriodicTask> {
    return this.tasks.enable(await this.#which(id));
  }

  /** Has beat leave it out. */
  @Post(':id/disable')
  @HttpCode(HttpStatus.OK)
  async disable(@Param('id') id: string): Promise<PeriodicTask> {
    return this.tasks.disable(await this.#which(id));
  }

  /** Enables what is disabled, and the other way round. */
  @Post(':id/toggle')
  @HttpCode(HttpStatus.OK)
  async toggle(@Param('id') id: string): Promise<PeriodicTask> {
    return this.tasks.toggle(await this.#which(id));
  }

  /** Sends it now, whatever its schedule says: 202 `{ taskId }`. */
  @Post(':id/run')
  @HttpCode(HttpStatus.ACCEPTED)
  async run(@Param('id') id: string): Promise<{ taskId: string }> {
    const { id: taskId } = await this.tasks.runNow(await this.#which(id));
    return { taskId };
  }

  @Get(':id/next-runs')
  async nextRuns(@Param('id') id: string, @Query('count') count?: QueryValue): Promise<Date[]> {
    return this.tasks.nextRuns(await this.#which(id), wholeNumberOf('count', count, NEXT_RUNS));
  }

  /** The latest first. */
  @Get(':id/history')
  async history(@Param('id') id: string, @Query('limit') limit?: QueryValue): Promise<readonly PeriodicRun[]> {
    return this.tasks.history(await this.#which(id), wholeNumberOf('limit', limit, PAGE));
  }

  /** Digits are an id, and a name where there is no such id. */
  async #which(idOrName: string): Promise<number | string> {
    if (!/^\d+$/.test(idOrName)) return idOrName;
    try {
      return (await this.tasks.get(Number(idOrName))).id;
    } catch (error) {
      if (hasCode(error, 'PERIODIC_TASK_NOT_FOUND')) return idOrName;
      throw error;
    }
  }
}
