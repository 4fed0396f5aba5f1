/** The first date that a database of schedules holds, and the last: what Python's dates can be. */
export const FIRST_DATE = new Date('0001-01-01T00:00:00.000Z');
export const LAST_DATE = new Date('9999-12-31T23:59:59.999Z');

/** For so many days is kept what tells of an entry that only code knows: a database cannot see when it is gone. */
export const CODE_MEMORY_DAYS = 400;

/** What Django's `total_run_count` holds: it stays there. */
export const MAX_RUN_COUNT = 2_147_483_647;
