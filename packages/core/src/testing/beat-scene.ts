import type { BeatScheduleEntry } from '../app/config.js';
import { Alarm } from '../beat/alarm.js';
import { Beat } from '../beat/beat.js';
import { Claimer } from '../beat/claimer.js';
import { CodeScheduleStore } from '../beat/code-schedule-store.js';
import { compileDefinitions } from '../beat/compile-definitions.js';
import { Leadership } from '../beat/leadership.js';
import { RunSender } from '../beat/run-sender.js';
import type { SendEntry } from '../beat/run-sender.js';
import type { ScheduleEntry } from '../beat/schedule-entry.js';
import type { ScheduleStore } from '../beat/schedule-store.js';
import { Scheduler } from '../beat/scheduler.js';
import { Settlements } from '../beat/settlements.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { ScheduleInput } from '../schedules/schedule.js';
import { FakeClock } from './fake-clock.js';

/** A schedule, or an entry without its task, which is `proj.<name>`. */
export type SceneEntry = ScheduleInput | Omit<BeatScheduleEntry, 'task'>;

export interface SceneOptions<C extends Clock> {
  readonly clock?: C;
  /** @default the entries, forgotten at the end */
  readonly store?: ScheduleStore;
  readonly send?: SendEntry;
  /** Whether an entry's last run has not ended. @default it has */
  readonly isRunning?: (entry: ScheduleEntry) => boolean;
  readonly maxInterval?: number;
  readonly cronDeadline?: number | null;
  /** Names the beat where several share a store. */
  readonly owner?: string;
}

/** What a beat sent: the entry's name, milliseconds since the start, the id. */
export interface SceneRun {
  readonly name: string;
  readonly at: number;
  readonly taskId: string;
}

/** A beat of the given entries on a clock of its own, and what it sent and said. */
export class BeatScene<C extends Clock = FakeClock> {
  readonly clock: C;
  readonly sent: SceneRun[] = [];
  readonly entries: ScheduleEntry[] = [];
  readonly log: string[] = [];
  readonly logger: Logger;
  readonly store: ScheduleStore;
  readonly scheduler: Scheduler;
  readonly settlements: Settlements;
  readonly beat: Beat;

  constructor(entries: Readonly<Record<string, SceneEntry>>, options: SceneOptions<C> = {}) {
    const clock = (options.clock ?? new FakeClock()) as C;
    const note = (message: string) => this.log.push(message);
    const logger = { debug: note, log: note, warn: note, error: note };
    const store = options.store ?? codeStore(entries, clock, logger);
    const alarm = new Alarm(clock);
    const send: SendEntry = (entry, taskId) => {
      this.sent.push({ name: entry.name, at: clock.monotonic(), taskId });
      this.entries.push(entry);
      return options.send?.(entry, taskId) ?? Promise.resolve();
    };
    const overlap = { isRunning: async (entry: ScheduleEntry) => options.isRunning?.(entry) ?? false };
    const sender = new RunSender({ send, overlap, clock, logger, cronDeadline: options.cronDeadline ?? null });
    const claimer = new Claimer({ store, logger });
    this.clock = clock;
    this.logger = logger;
    this.store = store;
    this.settlements = new Settlements({ store, clock, logger });
    const parts = { store, settlements: this.settlements, clock, logger };
    this.scheduler = new Scheduler({ ...parts, claimer, sender, wake: () => alarm.ring() });
    const owner = options.owner ?? 'scene';
    const leadership = store.leases && new Leadership({ leases: store.leases, owner, clock, logger });
    const maxInterval = options.maxInterval ?? store.maxInterval;
    this.beat = new Beat({ ...parts, scheduler: this.scheduler, leadership, alarm, maxInterval, runsExpire: 86_400 });
  }

  /** Names with the milliseconds at which they were sent, since the last call. */
  runs(): [name: string, at: number][] {
    return this.sent.splice(0).map(({ name, at }) => [name, at]);
  }
}

function codeStore(entries: Readonly<Record<string, SceneEntry>>, clock: Clock, logger: Logger): ScheduleStore {
  const named = Object.entries(entries).map(([name, entry]) => {
    const isEntry = typeof entry === 'object' && 'schedule' in entry;
    return [name, { task: `proj.${name}`, ...(isEntry ? entry : { schedule: entry }) }];
  });
  const definitions = compileDefinitions({ timezone: 'UTC', beatSchedule: Object.fromEntries(named) });
  return new CodeScheduleStore({ definitions, clock, logger });
}
