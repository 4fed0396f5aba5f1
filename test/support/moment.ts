import { waitUntil } from '@nestjs-celery/core/testing';

/** Lets so many milliseconds pass, for tests that break something at a moment at random: they wait for nothing else. */
export async function moment(ms: number): Promise<void> {
  const from = performance.now();
  const timeout = ms + 25_000;
  await waitUntil('the moment has come', () => performance.now() - from >= ms, { interval: 1, timeout });
}
