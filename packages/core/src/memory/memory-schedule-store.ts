import type { Clock } from '../contracts/clock.js';
import type { ScheduleEdit } from '../contracts/periodic-tasks.js';
import { MemoryLeases } from './memory-leases.js';
import { MemoryPeriodicTasks } from './memory-periodic-tasks.js';
import { MemoryRuns } from './memory-runs.js';

/** The schedules of one `memory://` name. */
export class MemoryScheduleStore {
  readonly watchers = new Set<(edit: ScheduleEdit) => void>();
  readonly leases: MemoryLeases;
  readonly tasks: MemoryPeriodicTasks;
  readonly runs: MemoryRuns;

  constructor(clock: Clock) {
    this.leases = new MemoryLeases(clock);
    this.tasks = new MemoryPeriodicTasks(clock, (id) => this.#tell(id));
    this.runs = new MemoryRuns(this.leases, this.tasks);
  }

  /** After the writer has gone on, as a database would. */
  #tell(id: number): void {
    queueMicrotask(() => {
      for (const watcher of this.watchers) watcher({ ids: [id] });
    });
  }
}
