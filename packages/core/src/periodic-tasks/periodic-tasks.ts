import type { AsyncResult } from '../app/async-result.js';
import type { CeleryApp } from '../app/celery-app.js';
import type { TaskOptions } from '../app/task-options.js';
import type {
  PeriodicRun,
  PeriodicTaskChange,
  PeriodicTaskFields,
  PeriodicTaskQuery,
  PeriodicTaskRow,
  ScheduleDatabase,
} from '../contracts/periodic-tasks.js';
import { hasCode } from '../errors/celery-error.js';
import { InvalidPeriodicTask, PeriodicTaskNotFound } from '../errors/schedule-errors.js';
import type { ScheduleDefaults } from '../schedules/schedule.js';
import { checkPeriodicTask, scheduleOfRow } from './check-fields.js';
import { canExist, checkQuestion } from './check-question.js';
import { COLUMN_DEFAULTS } from './column-defaults.js';
import { compileChange } from './compile-change.js';
import { nextRunsOf } from './next-runs.js';
import { periodicTaskOf } from './periodic-task.js';
import type { PeriodicTask } from './periodic-task.js';
import type { PeriodicTaskInput, PeriodicTaskPatch } from './periodic-task-input.js';
import { sendNow } from './send-now.js';

/** What a `PeriodicTasks` works with; in Nest `PeriodicTasksModule` gives it. */
export interface PeriodicTasksDeps {
  /** The one that beat reads. */
  readonly database: ScheduleDatabase;
  /** Whose tasks they are. */
  readonly app: CeleryApp;
  /** Options of a task that is known here, for `runNow`. */
  optionsOf?(task: string): TaskOptions | undefined;
}

/** Rows of a list that does not say how many. */
const PAGE = 100;
const MAX_NEXT_RUNS = 1000;

/**
 * The periodic tasks in the database: what an admin does with them. Beat sees a change within a second. Opens the database when first used.
 * A task is named by its id, a number, or by its name. Celery: the models and the admin of django-celery-beat.
 * @throws BackendUnavailable from every method; PeriodicTaskNotFound from those that name a task; ImproperlyConfigured for a number, a search or a
 * date that can be none, by its name
 */
export class PeriodicTasks {
  readonly #deps: PeriodicTasksDeps;
  #opened: Promise<ScheduleDatabase> | undefined;

  constructor(deps: PeriodicTasksDeps) {
    this.#deps = deps;
  }

  /** In order of the name, 100 unless the query says otherwise; `total` counts all that match. */
  async list(query: Partial<PeriodicTaskQuery> = {}): Promise<{ tasks: PeriodicTask[]; total: number }> {
    checkQuestion('list', query);
    const { tasks } = await this.#database();
    const { limit = PAGE, offset = 0, ...filter } = query;
    const { rows, total } = await tasks.list({ ...filter, limit, offset });
    return { tasks: rows.map((row) => this.#show(row)), total };
  }

  /** One of them, enabled or not, broken or not. Django's `PeriodicTask.objects.get`. */
  async get(idOrName: number | string): Promise<PeriodicTask> {
    return this.#show(await this.#row(idOrName));
  }

  /** @throws InvalidPeriodicTask with every field that is wrong, a name that exists among them */
  async create(input: PeriodicTaskInput): Promise<PeriodicTask> {
    const change = compileChange(input, { defaults: this.#defaults, policy: null });
    const fields = { ...COLUMN_DEFAULTS, schedules: [], ...change } as unknown as PeriodicTaskFields;
    checkPeriodicTask(fields, this.#defaults);
    const { tasks } = await this.#database();
    const { name, task, schedules } = fields;
    return this.get(await orNameTaken(() => tasks.insert({ ...change, name, task, schedules })));
  }

  /** What the patch leaves out stays. The row as a whole has to be right afterwards. @throws InvalidPeriodicTask */
  async update(idOrName: number | string, patch: PeriodicTaskPatch): Promise<PeriodicTask> {
    const row = await this.#row(idOrName);
    const change = compileChange(patch, { defaults: this.#defaults, policy: row.policy });
    return this.#change(row, change);
  }

  /** @throws InvalidPeriodicTask when it is not fit to be sent */
  async enable(idOrName: number | string): Promise<PeriodicTask> {
    return this.#change(await this.#row(idOrName), { enabled: true });
  }

  /** Also of a row that is broken. Its last run is forgotten, as in Django: enabled again, it counts from then. */
  async disable(idOrName: number | string): Promise<PeriodicTask> {
    return this.#write(await this.#row(idOrName), { enabled: false, lastRunAt: null });
  }

  /** Enables what is disabled, and the other way round. @throws InvalidPeriodicTask as `enable` */
  async toggle(idOrName: number | string): Promise<PeriodicTask> {
    const { id, enabled } = await this.#row(idOrName);
    return enabled ? this.disable(id) : this.enable(id);
  }

  /** With its policy; its history stays until it is old. */
  async delete(idOrName: number | string): Promise<void> {
    const { id } = await this.#row(idOrName);
    const { tasks } = await this.#database();
    if (!(await tasks.remove(id))) throw new PeriodicTaskNotFound(idOrName);
  }

  /**
   * Sends the task now, enabled or not, under a new id. It is not counted as a run, and the schedule goes on as before. Django's "Run selected
   * tasks".
   * @throws InvalidPeriodicTask when its arguments cannot be read; as `sendTask`
   */
  async runNow<R = unknown>(idOrName: number | string): Promise<AsyncResult<R>> {
    const { app, optionsOf } = this.#deps;
    const row = await this.#row(idOrName);
    return sendNow<R>(app, row, optionsOf?.(row.task));
  }

  /**
   * The next `count` due times, at most 1000, after `from` (now, if not given), without jitter; of a disabled one, as if it were enabled then.
   * Of what is overdue now the due time, which has passed, comes first: a beat sends it at once.
   * @throws InvalidPeriodicTask when the row is broken
   */
  async nextRuns(idOrName: number | string, count: number, from = this.#deps.app.clock.now()): Promise<Date[]> {
    checkQuestion('nextRuns', { count, from });
    const row = await this.#row(idOrName);
    checkPeriodicTask(row, this.#defaults);
    const schedule = scheduleOfRow(row, this.#defaults);
    return schedule
      ? nextRunsOf(row, schedule, { count: Math.min(count, MAX_NEXT_RUNS), now: this.#deps.app.clock.now(), from })
      : [];
  }

  /** Its runs, the latest first, as far back as beat keeps them (`beatRunsExpire`). Also of a name that only code or the past knows. */
  async history(idOrName: number | string, limit = PAGE): Promise<readonly PeriodicRun[]> {
    checkQuestion('history', { limit });
    if (!canExist(idOrName)) throw new PeriodicTaskNotFound(idOrName);
    const name = typeof idOrName === 'string' ? idOrName : (await this.#row(idOrName)).name;
    const { runs } = await this.#database();
    const history = await runs.history(name, limit);
    if (history.length === 0) await this.#row(idOrName);
    return history;
  }

  get #defaults(): ScheduleDefaults {
    return { timezone: this.#deps.app.config.timezone };
  }

  #show(row: PeriodicTaskRow): PeriodicTask {
    return periodicTaskOf(row, this.#defaults, this.#deps.app.clock.now());
  }

  async #row(idOrName: number | string): Promise<PeriodicTaskRow> {
    if (!canExist(idOrName)) throw new PeriodicTaskNotFound(idOrName);
    const { tasks } = await this.#database();
    const [row] = await tasks.find(typeof idOrName === 'number' ? { ids: [idOrName] } : { names: [idOrName] });
    if (row) return row;
    throw new PeriodicTaskNotFound(idOrName);
  }

  async #change(row: PeriodicTaskRow, change: PeriodicTaskChange): Promise<PeriodicTask> {
    const changed = { ...row, ...change };
    checkPeriodicTask(changed, this.#defaults);
    return this.#write(row, changed.enabled ? change : { ...change, lastRunAt: null });
  }

  async #write({ id }: PeriodicTaskRow, change: PeriodicTaskChange): Promise<PeriodicTask> {
    const { tasks } = await this.#database();
    if (!(await orNameTaken(() => tasks.update(id, change)))) throw new PeriodicTaskNotFound(id);
    return this.get(id);
  }

  #database(): Promise<ScheduleDatabase> {
    const { database } = this.#deps;
    this.#opened ??= database.open().then(
      () => database,
      (error: unknown) => {
        this.#opened = undefined;
        throw error;
      },
    );
    return this.#opened;
  }
}

/** A name that exists is a problem of the field `name`, in Django's words. */
async function orNameTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!hasCode(error, 'DUPLICATE_NAME')) throw error;
    throw new InvalidPeriodicTask({ name: ['Periodic task with this Name already exists.'] }, { cause: error });
  }
}
