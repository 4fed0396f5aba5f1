import type { CompiledConfig } from '../app/compiled-config.js';
import type { Broker } from '../contracts/broker.js';
import type { Logger } from '../contracts/logger.js';
import { hasCode } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';

export interface GreetBrokerDeps {
  readonly broker: Pick<Broker, 'connect'>;
  readonly config: Pick<CompiledConfig, 'brokerConnectionRetry' | 'brokerConnectionRetryOnStartup'>;
  readonly logger: Logger;
}

/**
 * Connects at the start, so that a wrong address is told then and not when something is due. A broker that is away is waited for.
 * @throws what waiting does not mend, say a wrong password; with `brokerConnectionRetryOnStartup: false` BrokerUnavailable, too
 */
export async function greetBroker({ broker, config, logger }: GreetBrokerDeps): Promise<void> {
  try {
    await broker.connect();
  } catch (error) {
    const waits = config.brokerConnectionRetryOnStartup ?? config.brokerConnectionRetry;
    if (!waits || !hasCode(error, 'BROKER_UNAVAILABLE')) throw error;
    logger.error(`beat: Connection error: ${reasonOf(error)} What is due is sent when the broker is there.`);
  }
}
