const TASK = 'django_celery_beat_periodictask';

/** How long ago rows have run that are due again: an interval of an hour leads from there to any time. */
const HOUR = 3_600_000;

/** Hours from now in which no crontab is due, whatever the time zone. */
const AWAY = 6;

/** Rows of django-celery-beat's tables, written by plain SQL. All of them run `bench.noop`. */
export class Schedules {
  #database;
  #queue;
  /** Of the database. */
  url;

  /**
   * @param {import('./stage.mjs').Database} database
   * @param {string} queue where their messages go
   */
  constructor({ client, url }, queue) {
    this.#database = client;
    this.#queue = queue;
    this.url = url;
  }

  async clear() {
    const schedules = ['interval', 'crontab', 'clocked', 'solar'].map((kind) => `django_celery_beat_${kind}schedule`);
    await this.#database.query(`TRUNCATE ${[TASK, ...schedules].join(', ')} RESTART IDENTITY CASCADE`);
    await this.#database.query(`INSERT INTO django_celery_beat_periodictasks (ident, last_update) VALUES (1, now())
      ON CONFLICT (ident) DO UPDATE SET last_update = excluded.last_update`);
  }

  /**
   * Half of them intervals of 24 to 123 hours, half of them crontabs of 720 minutes of the day in two zones; none is due within hours.
   * @param {number} count
   */
  async addIdle(count) {
    await this.#database.query(`INSERT INTO django_celery_beat_intervalschedule (every, period)
      SELECT hours, 'hours' FROM generate_series(24, 123) AS hours`);
    await this.#database.query(
      `INSERT INTO django_celery_beat_crontabschedule (minute, hour, day_of_month, month_of_year, day_of_week, timezone)
      SELECT n % 60, (extract(hour FROM now() AT TIME ZONE zone)::int + $1 + n / 60) % 24, '*', '*', '*', zone
      FROM generate_series(0, 719) AS n, (VALUES ('UTC'), ('Europe/Berlin')) AS zones (zone)`,
      [AWAY],
    );
    await this.#add(
      `SELECT n, 'bench-idle-' || n AS name, CASE WHEN n % 2 = 0 THEN 1 + n / 2 % 100 END AS interval_id,
        CASE WHEN n % 2 = 1 THEN 1 + n / 2 % 1440 END AS crontab_id, NULL::int AS clocked_id, true AS enabled, NULL::timestamptz AS last_run_at
      FROM generate_series(1, ${count}) AS n`,
    );
  }

  /**
   * Hourly rows that ran an hour before they are due. The name ends with the due time, in epoch milliseconds.
   * @param {number} count
   * @param {{ from: number, spread: number }} times from when they are due, and in how many milliseconds all are
   */
  async addDue(count, { from, spread }) {
    const hourly = await this.#insert('interval', 'every, period', "1, 'hours'");
    await this.#add(
      `SELECT n, 'bench-due-' || n || '-' || due AS name, ${hourly} AS interval_id, NULL::int AS crontab_id, NULL::int AS clocked_id, true AS enabled,
        to_timestamp((due - ${HOUR}) / 1000.0) AS last_run_at
      FROM generate_series(0, ${count - 1}) AS n, LATERAL (SELECT ${from}::bigint + n * ${spread}::bigint / ${count} AS due) AS times`,
    );
  }

  /**
   * Rows that are off, and clocked for a time that is past: turned on, they are due at once.
   * @param {number} count
   */
  async addOff(count) {
    const past = await this.#insert('clocked', 'clocked_time', "now() - interval '1 hour'");
    await this.#add(
      `SELECT n, 'bench-off-' || n AS name, NULL::int AS interval_id, NULL::int AS crontab_id, ${past} AS clocked_id,
        false AS enabled, NULL::timestamptz AS last_run_at
      FROM generate_series(0, ${count - 1}) AS n`,
    );
  }

  /**
   * Turns one of those on, and tells it as Django's beat wants to be told.
   * @param {number} n
   */
  async turnOn(n) {
    await this.#database.query(
      `WITH edit AS (UPDATE ${TASK} SET enabled = true WHERE name = 'bench-off-' || $1::int)
      UPDATE django_celery_beat_periodictasks SET last_update = clock_timestamp()`,
      [n],
    );
  }

  /** Process ids of the server's sessions on this database, but for ours. @returns {Promise<number[]>} */
  async sessions() {
    const { rows } = await this.#database.query(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    return rows.map(({ pid }) => pid);
  }

  /**
   * @param {string} kind
   * @param {string} columns
   * @param {string} values
   * @returns {Promise<number>} the id
   */
  async #insert(kind, columns, values) {
    const { rows } = await this.#database.query(
      `INSERT INTO django_celery_beat_${kind}schedule (${columns}) VALUES (${values}) RETURNING id`,
    );
    return rows[0].id;
  }

  /** @param {string} select n, name, interval_id, crontab_id, clocked_id, enabled, last_run_at */
  async #add(select) {
    await this.#database.query(
      `INSERT INTO ${TASK} (name, task, interval_id, crontab_id, clocked_id, one_off, args, kwargs, headers, queue, enabled, last_run_at,
        total_run_count, date_changed, description)
      SELECT name, 'bench.noop', interval_id, crontab_id, clocked_id, clocked_id IS NOT NULL, format('[%s, %s]', n, n), '{}', '{}', $1, enabled, last_run_at, 0, now(), ''
      FROM (${select}) AS rows`,
      [this.#queue],
    );
    await this.#database.query(`ANALYZE ${TASK}`);
  }
}
