import { randomUUID } from 'node:crypto';
import type { ScheduleDatabase } from '../../contracts/periodic-tasks.js';
import { testGlobals } from '../test-globals.js';
import { waitUntil } from '../wait-until.js';

/** How the suite gets databases: each call a new one, not open, all on one and the same store. */
export type MakeScheduleDatabase = () => ScheduleDatabase | Promise<ScheduleDatabase>;

const TTL_MS = 60_000;

/** The databases of one test, closed after it, and the lease that it took, let go. */
export class ScheduleDatabaseSuite {
  readonly #open: ScheduleDatabase[] = [];
  readonly #leases: (() => Promise<void>)[] = [];

  constructor(private readonly makeDatabase: MakeScheduleDatabase) {}

  async opened(): Promise<ScheduleDatabase> {
    const database = await this.makeDatabase();
    this.#open.push(database);
    await database.open();
    return database;
  }

  /** Becomes the leader. @returns the fence */
  async lead(database: ScheduleDatabase, { owner = randomUUID() as string, ttlMs = TTL_MS } = {}): Promise<string> {
    const fence = await waitUntil('the lease is free', async () => {
      const answer = await database.leases.acquire(owner, ttlMs);
      return 'fence' in answer && answer.fence;
    });
    this.#leases.push(() => database.leases.release(fence));
    return fence;
  }

  closeAfterEach(): void {
    testGlobals().afterEach(async () => {
      for (const release of this.#leases.splice(0)) await release();
      await Promise.all(this.#open.splice(0).map((database) => database.close()));
    });
  }
}
