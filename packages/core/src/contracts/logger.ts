/** The four things we say. Nest's `LoggerService` fits it; so does `console`. */
export interface Logger {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Says nothing: the default of the client side, where errors reach the caller as rejections. */
export const silentLogger: Logger = { debug() {}, log() {}, warn() {}, error() {} };
