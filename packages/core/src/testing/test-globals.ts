type Body = () => void | Promise<void>;

/** The part of a test framework that the suites use: jest has it, vitest with `globals`, and mocha. */
export interface TestGlobals {
  describe(name: string, body: () => void): void;
  it(name: string, body: Body): void;
  beforeEach(body: Body): void;
  afterEach(body: Body): void;
  afterAll(body: Body): void;
}

/** Looked up when a suite runs and never imported, so that this package depends on no framework. */
export function testGlobals(): TestGlobals {
  const globals = globalThis as unknown as TestGlobals;
  if (typeof globals.describe === 'function') return globals;
  throw new Error(
    'No describe() here: call the conformance suites from a spec of jest, vitest (with globals) or mocha.',
  );
}
