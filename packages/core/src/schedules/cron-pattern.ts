import type { CronExpression } from 'cron-parser';
import { parseCron } from './cron-text.js';
import type { WallPattern } from './dst-policies.js';

/** The readings of a wall clock that standard cron text names. */
export class CronPattern implements WallPattern {
  /** As written, with single blanks. */
  readonly text: string;
  readonly isHourly: boolean;
  readonly #expression: CronExpression;

  /** @throws InvalidSchedule naming the field. */
  constructor(text: string) {
    this.#expression = parseCron(text);
    this.text = text.trim().split(/\s+/).join(' ');
    this.isHourly = this.#expression.fields.hour.values.length === 24;
  }

  next(wall: number): number | undefined {
    try {
      this.#expression.reset(new Date(wall));
      return this.#expression.next().getTime();
    } catch {
      // Past the end of the calendar: that the dates come at all has been tried.
      return undefined;
    }
  }
}
