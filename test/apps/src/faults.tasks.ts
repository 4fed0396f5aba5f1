import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';

/** Tasks that take their time, and note their starts and ends in the file FAULTS_LEDGER (test/support/ledger.ts reads it). */
@Injectable()
export class FaultsTasks {
  @SharedTask({ name: 'faults.early', trackStarted: true })
  early(label: string, until: number | string): Promise<string> {
    return this.run(label, until);
  }

  @SharedTask({ name: 'faults.late', acksLate: true, trackStarted: true })
  late(label: string, until: number | string): Promise<string> {
    return this.run(label, until);
  }

  /** Goes back to its queue when the child that runs it is lost. */
  @SharedTask({ name: 'faults.guarded', acksLate: true, rejectOnWorkerLost: true })
  guarded(label: string, until: number | string): Promise<string> {
    return this.run(label, until);
  }

  /** Its twin in Python has the same name. `acksLate` comes from the settings of the worker, there and here. */
  @SharedTask('interop.tasks.slow')
  async slow(seconds: number): Promise<number> {
    return setTimeout(seconds * 1000, seconds);
  }

  /** Its twin in Python has the same name. Ends once there is a file of this name. */
  @SharedTask('interop.tasks.until')
  async until(gate: string): Promise<string> {
    await opened(gate);
    return gate;
  }

  /** @param until milliseconds, or the file that it waits for */
  private async run(label: string, until: number | string): Promise<string> {
    note('start', label);
    await (typeof until === 'number' ? setTimeout(until) : opened(until));
    note('end', label);
    return label;
  }
}

async function opened(gate: string): Promise<void> {
  while (!existsSync(gate)) await setTimeout(20);
}

function note(event: 'start' | 'end', label: string): void {
  const file = process.env['FAULTS_LEDGER'];
  if (file) appendFileSync(file, `${event} ${label} ${process.pid}\n`);
}
