import type { Rule } from '../../release/azure-facts.ts';
import type { Target } from '../../release/start-message.ts';

/** Production's ramp-up rules. App Service has no etag on them (azure.md 1.5): read before each write. */
export interface TrafficRouter {
  /** Throws AzureCallError. */
  readRules(target: Target): Promise<readonly Rule[]>;
  /**
   * Replaces the whole list by a PATCH of `experiments.rampUpRules` and nothing else. Never retried.
   * Throws AzureCallError with `failure` saying whether it may have been applied. Time-out 30 s.
   */
  writeRules(target: Target, rules: readonly Rule[]): Promise<void>;
}
