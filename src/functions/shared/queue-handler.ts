import type { InvocationContext, StorageQueueHandler } from '@azure/functions';

import { passesByItself } from '../../api/error-response.ts';
import { type Controller, openSlipway, withInvocationLog } from '../../app.ts';

/** One message with what a door needs. */
export interface QueueCall {
  /** As the library gives it: parsed when the text is JSON (azure.md 4.1). */
  readonly entry: unknown;
  readonly context: InvocationContext;
  readonly slipway: Controller;
}

/**
 * What it throws makes the host deliver the message again. Only after very many times (host.json) does
 * the host move it to the poison queue: it cannot tell a mistake of ours from a store that is away for
 * an hour, so that is done here (`isGivenUp`).
 */
export type QueueDoor = (call: QueueCall) => Promise<void>;

/** Deliveries after which a message is given up whose failure does not pass by itself. */
const DELIVERIES_AT_MOST = 5;

/** Nothing can be expected of one more delivery: the message is to be recorded, with the error. */
export function isGivenUp(error: unknown, { triggerMetadata }: InvocationContext): boolean {
  return !passesByItself(error) && Number(triggerMetadata?.dequeueCount) >= DELIVERIES_AT_MOST;
}

/** The problem of a message that is given up, for its record. */
export function whyGivenUp(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `it failed at each of ${DELIVERIES_AT_MOST} deliveries: ${why}`;
}

/** The connection of every queue: the one of the host itself. */
export const CONNECTION = 'AzureWebJobsStorage';

/** @param open Gives the use cases; tests give fakes. */
export function queueHandler(
  door: QueueDoor,
  open: () => Promise<Controller> = openSlipway,
): StorageQueueHandler {
  return (entry, context) =>
    withInvocationLog(context, async () => door({ entry, context, slipway: await open() }));
}
