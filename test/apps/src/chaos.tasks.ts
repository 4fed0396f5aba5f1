import { appendFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';

/** A task of schedules that notes the id of each of its runs in the file CHAOS_LEDGER. */
@Injectable()
export class ChaosTasks {
  @SharedTask('chaos.tick')
  tick(@Ctx() { id }: Injected<TaskContext>): void {
    const file = process.env['CHAOS_LEDGER'];
    if (file) appendFileSync(file, `${id}\n`);
  }
}
