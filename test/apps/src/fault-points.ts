import type { AdapterFactory, RunStore, ScheduleDatabase } from '@nestjs-celery/core';

/** Where a beat can be killed: `after-claim` (nothing sent), `before-mark` (all sent, nothing marked), `after-mark`. */
export type FaultPoint = 'after-claim' | 'before-mark' | 'after-mark';

/** The schedules, and a SIGKILL of this very process at the first passage of the point that BEAT_FAULT names. */
export function withFaults(make: AdapterFactory<ScheduleDatabase>): AdapterFactory<ScheduleDatabase> {
  return (deps) => {
    const database = make(deps);
    const { safeUrl, tasks, leases } = database;
    return {
      safeUrl,
      tasks,
      leases,
      runs: faulty(database.runs),
      open: () => database.open(),
      watch: (onEdit) => database.watch(onEdit),
      close: () => database.close(),
    };
  };
}

function faulty(runs: RunStore): RunStore {
  return {
    claim: async (...args) => {
      const claims = await runs.claim(...args);
      if (claims.length > 0) await dieAt('after-claim');
      return claims;
    },
    settle: async (settled) => {
      await dieAt('before-mark');
      await runs.settle(settled);
      await dieAt('after-mark');
    },
    unfinished: (fence) => runs.unfinished(fence),
    states: (names) => runs.states(names),
    history: (name, limit) => runs.history(name, limit),
    prune: (before) => runs.prune(before),
  };
}

async function dieAt(point: FaultPoint): Promise<void> {
  if (process.env['BEAT_FAULT'] !== point) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
}
