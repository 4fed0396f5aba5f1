import type { AmqpTlsOptions, LoginMethod } from './amqp-options.js';

/** One broker of the failover list, as its URL and the options say. */
export interface AmqpServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly loginMethod: LoginMethod;
  /** Undefined: plain TCP. */
  readonly tls: TlsSource | undefined;
  /** Seconds; undefined: `brokerHeartbeat` decides. */
  readonly heartbeat: number | undefined;
  /** Seconds; undefined: `brokerConnectionTimeout` decides. */
  readonly connectionTimeout: number | undefined;
}

/** TLS options with the files of the URL, read anew for each connection, so that certificates can be renewed. */
export interface TlsSource extends AmqpTlsOptions {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}
