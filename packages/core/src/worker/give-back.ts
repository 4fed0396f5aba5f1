import type { Clock } from '../contracts/clock.js';
import type { Request } from './request.js';

const PAUSE_MS = 1000;

/** Requeues a message that could not be brought home, after a pause: at full speed it would keep the worker and the broker busy with nothing. */
export async function giveBackSlowly(request: Request, clock: Clock): Promise<void> {
  await clock.sleep(PAUSE_MS);
  request.reject(true);
}
