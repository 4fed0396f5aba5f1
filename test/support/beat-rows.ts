import { query } from './query.js';

/** Columns and their values, as SQL takes them. */
export type Columns = Readonly<Record<string, unknown>>;

/** A due time, and what has become of it. */
export interface BeatRun {
  name: string;
  due_at: Date;
  task_id: string;
  status: string;
  claimed_at: Date;
}

/** What a row has to have and mostly says nothing. */
const PLAIN: Columns = {
  task: 'beat.tick',
  args: '[]',
  kwargs: '{}',
  headers: '{}',
  one_off: false,
  enabled: true,
  total_run_count: 0,
  description: '',
};
const CRONTAB: Columns = {
  minute: '*',
  hour: '*',
  day_of_week: '*',
  day_of_month: '*',
  month_of_year: '*',
  timezone: 'UTC',
};

/** The tables of a beat in plain SQL, as by somebody who knows them and nothing of us. */
export class BeatRows {
  constructor(readonly url: string) {}

  /** Of a table that begins with `django_celery_beat_`. Gives the id. */
  async insert(table: string, columns: Columns): Promise<number> {
    const names = Object.keys(columns);
    const [row] = await query<{ id: number }>(
      this.url,
      `INSERT INTO django_celery_beat_${table} (${names.join(', ')})
       VALUES (${names.map((_, n) => `$${n + 1}`).join(', ')}) RETURNING id`,
      Object.values(columns),
    );
    return row?.id ?? 0;
  }

  interval(every = 1, period = 'seconds'): Promise<number> {
    return this.insert('intervalschedule', { every, period });
  }

  crontab(columns: Columns = {}): Promise<number> {
    return this.insert('crontabschedule', { ...CRONTAB, ...columns });
  }

  /** @param columns what is to differ from a row that is enabled, was changed just now, and says nothing */
  task(name: string, columns: Columns): Promise<number> {
    return this.insert('periodictask', { ...PLAIN, name, date_changed: new Date(), ...columns });
  }

  /** A row that is due as soon as it is seen: its start is past, and is made up for. The next time it is due in an hour. */
  async taskDueNow(name: string, columns: Columns): Promise<number> {
    const start = new Date(Date.now() - 60_000);
    return this.task(name, { interval_id: await this.interval(1, 'hours'), start_time: start, ...columns });
  }

  /** In the order in which they were due, entry by entry. */
  runs(): Promise<BeatRun[]> {
    return query<BeatRun>(
      this.url,
      'SELECT name, due_at, task_id, status, claimed_at FROM nestjs_celery_schedule_runs ORDER BY name, due_at',
    );
  }
}
