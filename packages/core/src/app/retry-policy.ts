import type { RetryPolicy } from './config.js';
import { RETRY_POLICY } from './option-names.js';
import { overlay } from './overlay.js';

/**
 * A policy with what it leaves out from another. `maxRetries: null` is given (for ever); any other null is not.
 * @throws ImproperlyConfigured for a name that a policy does not have, or a value that it cannot take.
 */
export function retryPolicy(
  below: Required<RetryPolicy>,
  written: RetryPolicy | null | undefined,
  where: string,
): Required<RetryPolicy> {
  if (!written) return below;
  const given = RETRY_POLICY.read(written, where);
  return {
    ...overlay(below, given),
    maxRetries: given.maxRetries === null ? null : (given.maxRetries ?? below.maxRetries),
  };
}
