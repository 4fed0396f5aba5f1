/** TLS of `amqps://`. The certificate and the host name of the broker are verified unless `rejectUnauthorized` is off. */
export interface AmqpTlsOptions {
  /** Certificates of the authorities to trust, PEM. @default those that Node trusts */
  ca?: string | Buffer | readonly (string | Buffer)[];
  /** Our own certificate, PEM, for a broker that wants one. */
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  /** The name that the certificate must be for. @default the host of the URL */
  servername?: string;
  /** @default true */
  rejectUnauthorized?: boolean;
}

/** What the URL does not say. Celery's `broker_use_ssl`, `broker_login_method` and `broker_transport_options`. */
export interface AmqpOptions {
  tls?: AmqpTlsOptions;
  /** How to log in; `EXTERNAL` = by the client's certificate. @default 'PLAIN' */
  loginMethod?: LoginMethod;
  /** Shown by RabbitMQ's management. @default 'nestjs-celery' */
  connectionName?: string;
  /** Messages that may wait for the broker's confirm at a time; more wait in memory for their turn. @default 1000 */
  maxUnconfirmed?: number;
}

export type LoginMethod = 'PLAIN' | 'AMQPLAIN' | 'EXTERNAL';
