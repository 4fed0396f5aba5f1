import type { BrokerState, BrokerStatus } from '../contracts/broker.js';

type Listener = (state: BrokerState, error?: Error) => void;

/** A `BrokerStatus` for those who write a broker: `set()` tells every listener, and only of changes. It never throws. */
export class ObservableBrokerStatus implements BrokerStatus {
  readonly #listeners = new Set<Listener>();
  #state: BrokerState = 'idle';
  #lastError: Error | undefined;

  get state(): BrokerState {
    return this.#state;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(state: BrokerState, error?: Error): void {
    if (error) this.#lastError = error;
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) tell(listener, state, error);
  }
}

/** What a listener throws is its own affair: it must stop neither the broker nor the other listeners. */
function tell(listener: Listener, state: BrokerState, error?: Error): void {
  try {
    listener(state, error);
  } catch (thrown) {
    process.emitWarning(`A listener of the broker's status failed at '${state}': ${String(thrown)}`, 'CeleryWarning');
  }
}
