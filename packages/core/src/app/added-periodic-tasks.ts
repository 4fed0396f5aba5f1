import type { Logger } from '../contracts/logger.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { pythonRepr } from '../protocol/python-repr.js';
import type { ScheduleInput } from '../schedules/schedule.js';
import type { BeatScheduleEntry } from './config.js';

/** What `addPeriodicTask` takes besides schedule and task: the rest of an entry of `beatSchedule`. */
export interface AddPeriodicTaskOptions extends Omit<BeatScheduleEntry, 'task' | 'schedule'> {
  /** Name of the entry; one of the same name is replaced. @default the call as Python writes it: `math.add(2, 3)` */
  name?: string;
}

/** An entry that code has added. */
export interface AddedPeriodicTask extends BeatScheduleEntry {
  readonly name: string;
}

/** The periodic tasks that code adds before beat starts. */
export class AddedPeriodicTasks {
  readonly #entries = new Map<string, AddedPeriodicTask>();
  #isClosed = false;

  constructor(private readonly logger: Logger) {}

  /** In the order of their names' first adding. */
  get list(): readonly AddedPeriodicTask[] {
    return [...this.#entries.values()];
  }

  /** @returns the entry's name @throws ImproperlyConfigured after `close()` */
  add(schedule: ScheduleInput, task: string, options: AddPeriodicTaskOptions): string {
    const { name = callRepr(task, options), ...rest } = options;
    if (this.#isClosed) {
      throw new ImproperlyConfigured(
        `addPeriodicTask('${name}'): beat has started and read its entries. Add it before, in onModuleInit, or use ` +
          'the service PeriodicTasks, whose tasks beat takes up while it runs.',
      );
    }
    if (this.#entries.has(name)) this.#tellReplaced(name, options);
    this.#entries.set(name, { ...rest, name, task, schedule });
    return name;
  }

  /** Hands them to beat: what came later would be lost, so it is refused from here on. */
  close(): readonly AddedPeriodicTask[] {
    this.#isClosed = true;
    return this.list;
  }

  /** Whoever has chosen a name twice means to replace. */
  #tellReplaced(name: string, options: AddPeriodicTaskOptions): void {
    if (options.name !== undefined)
      return this.logger.debug(`The periodic task '${name}' is added again and replaced.`);
    this.logger.warn(
      `The periodic task '${name}' replaces another of the same call. Give each a name to keep both: addPeriodicTask(…, { name }).`,
    );
  }
}

/** A call as Celery's `repr` of a signature: `math.add(2, y=3)`. */
function callRepr(task: string, { args = [], kwargs = {} }: AddPeriodicTaskOptions): string {
  const positional = args.map((value) => pythonRepr(value));
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${pythonRepr(value)}`);
  return `${task}(${[...positional, ...named].join(', ')})`;
}
