import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { TlsSource } from './amqp-server.js';

type TlsSettings = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;

/** The options for Node's TLS, with the files read now. Verifying is on unless it was put off in so many words. @throws ImproperlyConfigured */
export function tlsSettings(source: TlsSource): TlsSettings {
  const { caFile, certFile, keyFile, ca, ...given } = source;
  return {
    rejectUnauthorized: true,
    ...given,
    ...(ca === undefined ? {} : { ca: [ca].flat() as (string | Buffer)[] }),
    ...(caFile === undefined ? {} : { ca: read(caFile) }),
    ...(certFile === undefined ? {} : { cert: read(certFile) }),
    ...(keyFile === undefined ? {} : { key: read(keyFile) }),
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ImproperlyConfigured(`The TLS file '${file}' of the broker URL cannot be read.`, { cause: error });
  }
}
