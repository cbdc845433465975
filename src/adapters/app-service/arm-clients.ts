import { WebSiteManagementClient } from '@azure/arm-appservice';
import type { WebSiteManagementClientOptionalParams } from '@azure/arm-appservice';
import {
  bearerTokenAuthenticationPolicyName,
  createDefaultHttpClient,
} from '@azure/core-rest-pipeline';
import type { PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import type { AppServiceOptions } from './connect.ts';
import { busyPolicy, callPolicy } from './policies.ts';
import { createLocalHttpClient } from './local-http-client.ts';

/** Clients of one subscription. */
export interface ArmClients {
  /** Retried a little: a read may be repeated. */
  readonly reads: WebSiteManagementClient;
  /**
   * Never retried: the SDK's default re-POSTs slotsswap after a 5xx or a reset, and a swap done twice
   * undoes itself (azure.md 1.6). Also polls, so that a poll is exactly one GET.
   */
  readonly once: WebSiteManagementClient;
  /** A call that the SDK has no method for, by `once`'s pipeline: token, deadline and errors as ever. */
  readonly send: (request: PipelineRequest) => Promise<PipelineResponse>;
}

/** The clients of a subscription, by its id. */
export type ArmClientsOf = (subscriptionId: string) => ArmClients;

/** One function app serves a few subscriptions; each client holds a pipeline and a token. */
const CLIENTS_KEPT = 50;
const READ_RETRIES = { maxRetries: 2, retryDelayInMs: 250, maxRetryDelayInMs: 2_000 };
const NO_RETRIES = { maxRetries: 0 };

/** Makes clients when needed and keeps those that were used last. */
export function createArmClients(options: AppServiceOptions): ArmClientsOf {
  const { localEndpoint } = options;
  const httpClient = localEndpoint === undefined ? undefined : createLocalHttpClient(localEndpoint);
  const kept = new Map<string, ArmClients>();

  function make(subscriptionId: string, more: WebSiteManagementClientOptionalParams) {
    const client = new WebSiteManagementClient(options.credential, subscriptionId, {
      ...more,
      ...(httpClient === undefined ? {} : { httpClient }),
      additionalPolicies: [{ policy: busyPolicy(), position: 'perRetry' }],
    });
    // Outside the bearer policy: it must see a 401 with a claims challenge, and its wait for a token
    // counts. `additionalPolicies` would put it inside.
    client.pipeline.addPolicy(callPolicy(options.timeoutMs), {
      beforePolicies: [bearerTokenAuthenticationPolicyName],
    });
    return client;
  }

  function makeBoth(subscriptionId: string): ArmClients {
    const once = make(subscriptionId, { retryOptions: NO_RETRIES, redirectOptions: NO_RETRIES });
    const bare = httpClient ?? createDefaultHttpClient();
    return {
      reads: make(subscriptionId, { retryOptions: READ_RETRIES, redirectOptions: NO_RETRIES }),
      once,
      send: (request) => once.pipeline.sendRequest(bare, request),
    };
  }

  return (subscriptionId) => {
    const key = subscriptionId.toLowerCase();
    const clients = kept.get(key) ?? makeBoth(subscriptionId);
    // A Map keeps the order of insertion: deleting and setting puts the one in use last.
    kept.delete(key);
    kept.set(key, clients);
    const oldest = kept.keys().next().value;
    if (kept.size > CLIENTS_KEPT && oldest !== undefined) kept.delete(oldest);
    return clients;
  };
}
