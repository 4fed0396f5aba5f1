import type { ResultBackend } from '../../contracts/result-backend.js';
import { testGlobals } from '../test-globals.js';

/** How the suite gets backends: each call a new one, unconnected, all on one and the same store. */
export type MakeResultBackend = (settings: { protectSuccess: boolean }) => ResultBackend | Promise<ResultBackend>;

/** The backends of one test, closed after it. */
export class ResultBackendSuite {
  readonly #open: ResultBackend[] = [];

  constructor(private readonly makeBackend: MakeResultBackend) {}

  async connected(settings = { protectSuccess: true }): Promise<ResultBackend> {
    const backend = await this.makeBackend(settings);
    this.#open.push(backend);
    await backend.connect();
    return backend;
  }

  closeAfterEach(): void {
    testGlobals().afterEach(async () => {
      await Promise.all(this.#open.splice(0).map((backend) => backend.close()));
    });
  }
}
