import { type PythonSettings, runPython } from './python.js';

/** Columns of the four schedule tables, as Django writes them. */
export interface DjangoSchedules {
  interval: { every: number; period: 'days' | 'hours' | 'minutes' | 'seconds' | 'microseconds' };
  /** What is left out is `*`, and the zone of the settings. */
  crontab: {
    minute?: string;
    hour?: string;
    day_of_month?: string;
    month_of_year?: string;
    day_of_week?: string;
    timezone?: string;
  };
  solar: { event: string; latitude: number | string; longitude: number | string };
  /** ISO 8601. */
  clocked: { clocked_time: string };
}

/** Columns of `django_celery_beat_periodictask`. JSON columns are text; dates are ISO 8601. */
export interface DjangoTaskColumns {
  name: string;
  task: string;
  args: string;
  kwargs: string;
  headers: string;
  queue: string | null;
  exchange: string | null;
  routing_key: string | null;
  priority: number | null;
  expires: string | null;
  expire_seconds: number | null;
  one_off: boolean;
  start_time: string | null;
  enabled: boolean;
  last_run_at: string | null;
  total_run_count: number;
  description: string;
}

/** What `make` and `edit` set; null takes a schedule away. */
export type DjangoTaskChange = Partial<DjangoTaskColumns> & {
  [K in keyof DjangoSchedules]?: DjangoSchedules[K] | null;
};

/** Its columns, and what Celery's class says of itself, or why there is none. */
export type DjangoSchedule = { id: number; kind: keyof DjangoSchedules; repr?: string; error?: string } & Record<
  string,
  unknown
>;

export interface DjangoTask extends DjangoTaskColumns {
  id: number;
  interval_id: number | null;
  crontab_id: number | null;
  solar_id: number | null;
  clocked_id: number | null;
  date_changed: string;
  /** As the admin lists it. */
  text: string;
  /** The first that it has; null: none. */
  schedule: DjangoSchedule | null;
}

/** A row as Django's scheduler has read it. */
export interface DjangoEntry {
  name: string;
  task: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
  /** Options of `apply_async`; `headers` has `periodic_task_name`. */
  options: Record<string, unknown>;
  last_run_at: string;
  total_run_count: number;
  is_due: boolean;
  /** Seconds until it is looked at again. */
  next: number;
}

/** Messages by field, `__all__` for those of none; `crontab.minute` and the like are fields of the schedule's own row. */
export type DjangoMessages = Record<string, string[]>;

/** A call of `periodic.py`, and who waits for it. */
interface Call {
  readonly call: readonly unknown[];
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

type Answer = { value: never } | { error: string };

/**
 * Periodic tasks by Django's ORM and admin. What is asked for at once (`Promise.all`) is done in order by one Python process, which
 * takes about 0.7 s. Rejects with what Django raises.
 */
export class PythonPeriodic {
  #calls: Call[] = [];

  constructor(private readonly settings: PythonSettings) {}

  /** `save()` of a new row, which refuses what the ORM refuses. */
  make(fields: DjangoTaskChange & Pick<DjangoTaskColumns, 'name' | 'task'>): Promise<DjangoTask> {
    return this.#ask('make', fields);
  }

  /** `save()` of a row with other columns. */
  edit(name: string, fields: DjangoTaskChange): Promise<DjangoTask> {
    return this.#ask('edit', name, fields);
  }

  /** How many there were. */
  delete(...names: string[]): Promise<number> {
    return this.#ask('delete', ...names);
  }

  /** By name. */
  list(): Promise<DjangoTask[]> {
    return this.#ask('list');
  }

  row(name: string): Promise<DjangoTask | null> {
    return this.#ask('row', name);
  }

  entry(name: string): Promise<DjangoEntry> {
    return this.#ask('entry', name);
  }

  /** `full_clean()` of the row and of its schedule: {} when they are valid. */
  check(name: string): Promise<DjangoMessages> {
    return this.#ask('check', name);
  }

  /** What the admin's form says of the row as it is: {} when a person could save it. */
  checkForm(name: string): Promise<DjangoMessages> {
    return this.#ask('check_form', name);
  }

  /** An action of the admin on these rows; what it says. */
  act(action: 'enable' | 'disable' | 'toggle' | 'run', ...names: string[]): Promise<string[]> {
    return this.#ask('act', action, ...names);
  }

  /** The names of time zones that Django reads in a crontab's row: others break the list of all rows. */
  zones(): Promise<string[]> {
    return this.#ask('zones');
  }

  #ask<T>(...call: unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#calls.push({ call, resolve, reject }) === 1) setImmediate(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    const calls = this.#calls;
    this.#calls = [];
    try {
      const given = JSON.stringify(calls.map(({ call }) => call));
      const answers = await runPython<Answer[]>(['periodic.py', given], this.settings);
      for (const [n, { resolve, reject }] of calls.entries()) {
        const answer = answers[n] ?? { error: 'no answer' };
        if ('value' in answer) resolve(answer.value);
        else reject(new Error(answer.error));
      }
    } catch (error) {
      for (const { reject } of calls) reject(error as Error);
    }
  }
}
