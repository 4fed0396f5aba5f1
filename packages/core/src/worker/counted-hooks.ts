import type { JobHooks } from '../contracts/pool.js';
import type { Qos } from './qos.js';

/**
 * For a task that is acknowledged before it runs, where nothing may be fetched that cannot start: the broker learns that the slot is
 * taken before it learns that the message is done.
 */
export function countedHooks(hooks: JobHooks, qos: Qos): JobHooks {
  return {
    async onAccepted(pid, run) {
      await qos.occupy();
      const accepted = await hooks.onAccepted(pid, run);
      if (!accepted) qos.vacate();
      return accepted;
    },
    async isStillWanted(run) {
      const wanted = (await hooks.isStillWanted?.(run)) ?? true;
      if (!wanted) qos.vacate();
      return wanted;
    },
    async settle(outcome, run) {
      await hooks.settle(outcome, run);
      qos.vacate();
    },
  };
}
