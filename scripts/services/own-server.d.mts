export type ServiceName = 'rabbitmq' | 'postgresql' | 'redis';

/** A server for one test, which may break it and bring it back with the same data on the same ports. */
export class OwnServer {
  private constructor();
  /** Prepares and starts one. The binaries must be there: see `isInstalled`. */
  static start(name: ServiceName): Promise<OwnServer>;
  /** Whether this machine can start such a server; with servers in containers it may not. */
  static isInstalled(name: ServiceName): boolean;
  readonly url: string;
  /** Starts it again after `crash`, with what was on the disk. */
  start(): Promise<void>;
  /** Ends it as a crash does: kill -9 for RabbitMQ and Redis, immediate shutdown for PostgreSQL. */
  crash(): Promise<void>;
  /** Runs a tool that lies beside the server's binary, such as `rabbitmqctl`, against this server; resolves with what it printed. */
  tool(name: string, ...args: string[]): Promise<string>;
  /** Ends it for good, with its data. */
  remove(): Promise<void>;
}
