/** Everything that lives. `start()` and `stop()` may be called twice, or in the wrong order. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}
