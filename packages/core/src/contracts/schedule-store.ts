/** Where beat's entries come from: configuration, database rows, or both. `Entry` is beat's `ScheduleEntry`. */
export interface ScheduleStore<Entry> {
  /**
   * Every entry that is to be sent, each with its last run; one that has never run counts from `now`. Called at each start of beat.
   * @throws ImproperlyConfigured when an entry cannot be.
   */
  load(now: Date): Promise<readonly Entry[]>;
}
