import type {
  AttemptStore,
  CallStore,
  OnceStore,
  RerunLink,
  RerunLinks,
  RevocationStore,
  StoredCall,
} from '../contracts/side-stores.js';

/** What the results of one `memory://` name keep besides results. The reference for databases. */
export class MemorySideStores {
  readonly #revoked = new Map<string, Date>();
  readonly #attempts = new Map<string, { count: number; at: Date }>();
  readonly #calls = new Map<string, { call: StoredCall; at: Date }>();
  readonly #begun = new Map<string, Date>();
  readonly #reruns = new Map<string, { of: string; at: Date }>();

  constructor(private readonly now: () => Date) {}

  readonly revocations: RevocationStore = {
    add: async (taskIds, until) => {
      for (const id of taskIds) if (until > (this.#revoked.get(id) ?? NEVER)) this.#revoked.set(id, until);
    },
    load: async (now, limit) => {
      const remembered = [...this.#revoked].filter(([, until]) => until > now);
      remembered.sort(([, a], [, b]) => b.getTime() - a.getTime());
      return remembered.slice(0, limit).map(([id]) => id);
    },
  };

  readonly attempts: AttemptStore = {
    begin: async (taskId) => {
      const before = this.#attempts.get(taskId)?.count ?? 0;
      this.#attempts.set(taskId, { count: before + 1, at: this.now() });
      return before;
    },
    end: async (taskId) => void this.#attempts.delete(taskId),
  };

  readonly calls: CallStore = {
    find: async (taskId) => this.#calls.get(taskId)?.call,
    link: async ({ taskId, rerunOf }: RerunLink) => void this.#reruns.set(taskId, { of: rerunOf, at: this.now() }),
    linksOf: async (taskId): Promise<RerunLinks> => ({
      rerunOf: this.#reruns.get(taskId)?.of ?? null,
      reruns: [...this.#reruns].filter(([, { of }]) => of === taskId).map(([id]) => id),
    }),
  };

  readonly once: OnceStore = {
    first: async (taskId) => {
      if (this.#begun.has(taskId)) return false;
      this.#begun.set(taskId, this.now());
      return true;
    },
  };

  saveCall(call: StoredCall, at: Date): void {
    this.#calls.set(call.taskId, { call, at });
  }

  forget(taskId: string): void {
    this.#calls.delete(taskId);
    this.#reruns.delete(taskId);
  }

  /** Revocations have a time of their own, and what has begun has a day. */
  deleteOlderThan(before: Date): void {
    for (const kept of [this.#attempts, this.#calls, this.#reruns]) {
      for (const [id, { at }] of kept) if (at < before) kept.delete(id);
    }
    for (const [id, until] of this.#revoked) if (until <= this.now()) this.#revoked.delete(id);
    const aDayAgo = new Date(this.now().getTime() - DAY_MS);
    for (const [id, at] of this.#begun) if (at < aDayAgo) this.#begun.delete(id);
  }
}

const DAY_MS = 86_400_000;
const NEVER = new Date(0);
