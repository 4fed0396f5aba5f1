export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time enough for what must not come, without a clock: a broker that breaks its word does so at once. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 200; i++) await turn();
}
