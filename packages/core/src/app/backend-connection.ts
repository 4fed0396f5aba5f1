import type { ResultBackend } from '../contracts/result-backend.js';
import { BackendDisabled } from '../errors/backend-errors.js';

/** The result backend of an app, connected when it is first asked for. */
export class BackendConnection {
  #connected: Promise<ResultBackend> | undefined;

  constructor(private readonly backend: ResultBackend | undefined) {}

  /** @throws BackendDisabled when none is configured; BackendUnavailable, after which it may be asked again. */
  get(): Promise<ResultBackend> {
    const { backend } = this;
    if (!backend) {
      const advice = "Set resultBackend: CeleryModule.forRoot({ resultBackend: 'postgres://…' }).";
      return Promise.reject(new BackendDisabled(`No result backend is configured. ${advice}`));
    }
    this.#connected ??= backend.connect().then(
      () => backend,
      (error: unknown) => {
        this.#connected = undefined;
        throw error;
      },
    );
    return this.#connected;
  }

  /** May be called twice; `get()` connects again. */
  async close(): Promise<void> {
    this.#connected = undefined;
    await this.backend?.close();
  }
}
