/** Parameters of a property test: always the same runs, or under `STRESS=1` ten times as many that differ each time. */
export function propertyRuns(numRuns: number): { numRuns: number; seed?: number } {
  return process.env['STRESS'] ? { numRuns: 10 * numRuns } : { numRuns, seed: 20_260_101 };
}
