/** Clients of the queues that the app's bindings name, and the sending of outputs. */
import { QueueServiceClient } from '@azure/storage-queue';
import type { QueueClient } from '@azure/storage-queue';

import type { InvocationResponse } from './core-types.ts';
import type { LocalFunction } from './function-description.ts';
import type { QueueOptions } from './host-json.ts';
import { encodeMessage, outputMessages } from './queue-messages.ts';
import { connectionString } from './settings.ts';
import type { Settings } from './settings.ts';

// Storage is on this machine: long waits between tries would only hide that it is gone.
const RETRY = { maxTries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 1000 };

/** Gives the client of a queue. */
export type QueueClients = (queue: { connection: string; queueName: string }) => QueueClient;

/** Clients by connection name; the same connection shares one pipeline. */
export function createQueueClients(settings: Settings): QueueClients {
  const services = new Map<string, QueueServiceClient>();
  return ({ connection, queueName }) => {
    const usedBy = `The queue "${queueName}"`;
    const service =
      services.get(connection) ??
      QueueServiceClient.fromConnectionString(connectionString(connection, settings, usedBy), {
        retryOptions: RETRY,
      });
    services.set(connection, service);
    return service.getQueueClient(queueName);
  };
}

/**
 * Sends what a function returned and set for its queue outputs. This happens after the handler
 * succeeded and before its trigger message is deleted (azure.md 4.1): a failure here is the function's.
 */
export async function sendOutputs(
  fn: LocalFunction,
  response: InvocationResponse,
  options: {
    clients: QueueClients;
    encoding: QueueOptions['messageEncoding'];
    /** Called once for each queue that got messages. */
    onSent: (queueName: string) => void;
  },
): Promise<void> {
  for (const output of fn.outputs) {
    const data =
      output.bindingName === '$return'
        ? response.returnValue
        : response.outputData?.find(({ name }) => name === output.bindingName)?.data;
    const messages = outputMessages(data);
    if (messages.length === 0) continue;
    const queue = options.clients(output);
    await queue.createIfNotExists();
    for (const message of messages) {
      await queue.sendMessage(encodeMessage(message, options.encoding));
    }
    options.onSent(output.queueName);
  }
}
