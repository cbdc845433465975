import type { InvocationContext, StorageQueueHandler } from '@azure/functions';

import { type Controller, openSlipway, withInvocationLog } from '../../app.ts';

/** One message with what a door needs. */
export interface QueueCall {
  /** As the library gives it: parsed when the text is JSON (azure.md 4.1). */
  readonly entry: unknown;
  readonly context: InvocationContext;
  readonly slipway: Controller;
}

/** What it throws makes the host deliver the message again, and after five times to the poison queue. */
export type QueueDoor = (call: QueueCall) => Promise<void>;

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
