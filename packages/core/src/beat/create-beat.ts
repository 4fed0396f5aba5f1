import { hostname } from 'node:os';
import type { CeleryApp } from '../app/celery-app.js';
import type { TaskOptions } from '../app/task-options.js';
import { Alarm } from './alarm.js';
import { Beat } from './beat.js';
import { Claimer } from './claimer.js';
import { greetBroker } from './greet-broker.js';
import { Leadership } from './leadership.js';
import { OverlapGuard } from './overlap.js';
import { RunSender } from './run-sender.js';
import type { SendEntry } from './run-sender.js';
import type { ScheduleStore } from './schedule-store.js';
import { Scheduler } from './scheduler.js';
import { Settlements } from './settlements.js';

export interface CreateBeatOptions {
  readonly app: CeleryApp;
  readonly store: ScheduleStore;
  /** The longest sleep in seconds. @default `beatMaxLoopInterval`, else that of the kind of schedule: 5 with a database, else 300 */
  readonly maxInterval?: number | undefined;
  /** It shares a worker's process. @default false */
  readonly embedded?: boolean | undefined;
  /** Milliseconds after which another beat takes the place of one that was killed. @default 10000 */
  readonly leaseMs?: number | undefined;
  /** The options of a task that is known here: it is sent as its caller would send it, any other by name alone. */
  optionsOf?(task: string): TaskOptions | undefined;
}

/** A beat of the app, put together. */
export function createBeat({ app, store, embedded, leaseMs, ...options }: CreateBeatOptions): Beat {
  const { config, clock, logger, signals } = app;
  const alarm = new Alarm(clock);
  const settlements = new Settlements({ store, clock, logger });
  const overlap = new OverlapGuard({ backend: app.backend, resultExpires: config.resultExpires, clock, logger });
  const sender = new RunSender({
    send: sendBy(app, options),
    overlap,
    clock,
    logger,
    cronDeadline: config.beatCronStartingDeadline,
  });
  const claimer = new Claimer({ store, logger });
  const scheduler = new Scheduler({ store, claimer, sender, settlements, clock, logger, wake: () => alarm.ring() });
  const owner = `${hostname()}:${process.pid}:${Math.random().toString(36).slice(2, 8)}`;
  const leadership = store.leases && new Leadership({ leases: store.leases, owner, clock, logger, leaseMs });
  return new Beat({
    scheduler,
    store,
    settlements,
    leadership,
    alarm,
    clock,
    logger,
    signals,
    embedded,
    greetBroker: () => greetBroker(app),
    maxInterval: maxIntervalOf(app, store, options),
    runsExpire: config.beatRunsExpire,
  });
}

/** The longest sleep of such a beat, in seconds. */
export function maxIntervalOf(
  { config }: Pick<CeleryApp, 'config'>,
  store: Pick<ScheduleStore, 'maxInterval'>,
  { maxInterval }: Pick<CreateBeatOptions, 'maxInterval'>,
): number {
  return maxInterval || config.beatMaxLoopInterval || store.maxInterval;
}

/** A run whose end is asked about must have a result. */
function sendBy(app: CeleryApp, { optionsOf }: Pick<CreateBeatOptions, 'optionsOf'>): SendEntry {
  return ({ name, task, policy, call }, taskId) => {
    const { args, kwargs, options } = call();
    const asked = policy.overlap === 'allow' ? {} : { ignoreResult: false };
    return app.sendTask(
      task,
      args,
      { ...options, ...asked, kwargs, taskId, periodicTaskName: name },
      optionsOf?.(task),
    );
  };
}
