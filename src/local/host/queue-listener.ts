/** Polls one queue for one function, with the rules of the real host's queue listener (azure.md 4.3). */
import { isUtf8 } from 'node:buffer';

import { RestError } from '@azure/storage-queue';
import type { QueueClient, ReceivedMessageItem } from '@azure/storage-queue';

import { stackOf } from './host-error.ts';
import type { QueueOptions } from './host-json.ts';
import type { HostLog } from './host-log.ts';
import { holdLease } from './queue-lease.ts';
import { decodeMessage } from './queue-messages.ts';
import { pause } from './waiting.ts';

const POISON_SUFFIX = '-poison';
const POLL_MIN_MS = 100;

/** A queue, its function and the rules. */
export interface QueueListenerOptions {
  readonly functionName: string;
  readonly queue: QueueClient;
  readonly poisonQueue: QueueClient;
  readonly rules: QueueOptions;
  readonly leaseSeconds: number;
  /** Runs the function and sends its outputs; rejects, after logging why, when either fails. */
  readonly run: (message: ReceivedMessageItem, text: string) => Promise<void>;
  /** A message was moved to the poison queue. */
  readonly onPoisoned: (poisonQueueName: string) => void;
  readonly log: HostLog;
}

/** A running listener. */
export interface QueueListener {
  /** Polls at once: something was sent to the queue. */
  wake(): void;
  /** Ends polling and waits for the messages that are being worked on. */
  stop(): Promise<void>;
}

/**
 * The wait after `empties` polls in a row that found nothing (1 = the first): 100 ms, then growing to
 * the maximum. The real host adds jitter, which one host on one machine does not need.
 */
export function pollDelayMs(empties: number, maxMs: number): number {
  const growthMs = empties <= 1 ? 0 : POLL_MIN_MS * 2 ** (empties - 2);
  return Math.min(POLL_MIN_MS + growthMs, maxMs);
}

/** Starts polling. The queue is created when it is missing. */
export function startQueueListener(options: QueueListenerOptions): QueueListener {
  const { queue, rules, log, functionName } = options;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  let waking = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;

  let isDown = false;
  const receive = async (): Promise<readonly ReceivedMessageItem[]> => {
    try {
      const { batchSize: numberOfMessages } = rules;
      // Not aborted when the host stops: messages leased by a lost answer would stay invisible.
      const received = await queue.receiveMessages({
        numberOfMessages,
        visibilityTimeout: options.leaseSeconds,
      });
      isDown = false;
      return received.receivedMessageItems;
    } catch (error) {
      if (error instanceof RestError && error.statusCode === 404) {
        await queue.createIfNotExists().catch(() => undefined);
      } else {
        // Said once an outage, not at every poll of it.
        if (!isDown)
          log('warning', functionName, `Queue ${queue.name} cannot be read. ${stackOf(error)}`);
        isDown = true;
      }
      return [];
    }
  };
  const polls = (async () => {
    let empties = 0;
    while (!isStopping()) {
      // Set before reading, so that a message sent during an empty read is not waited for.
      waking = new AbortController();
      const messages = await receive();
      empties = messages.length === 0 ? empties + 1 : 0;
      for (const message of messages) {
        const work = processMessage(message, options).finally(() => running.delete(work));
        running.add(work);
      }
      if (messages.length === 0) {
        const delayMs = pollDelayMs(empties, rules.maxPollingIntervalMs);
        await pause(delayMs, AbortSignal.any([stopping.signal, waking.signal]));
      }
      while (running.size > rules.newBatchThreshold && !isStopping()) {
        await Promise.race(running);
      }
    }
  })();
  return {
    wake: () => waking.abort(),
    stop: async () => {
      stopping.abort();
      await polls;
      await Promise.all(running);
    },
  };
}

/** Whatever happens to one message is logged; the queue goes on. */
async function processMessage(
  message: ReceivedMessageItem,
  options: QueueListenerOptions,
): Promise<void> {
  const { queue, rules, log, functionName } = options;
  try {
    if (message.dequeueCount > rules.maxDequeueCount) {
      await moveToPoison(message, message.popReceipt, options);
      return;
    }
    const bytes = decodeMessage(message.messageText, rules.messageEncoding);
    if (bytes === undefined) {
      log(
        'error',
        functionName,
        `Message ${message.messageId} of queue ${queue.name} is not base64.`,
      );
      await moveToPoison(message, message.popReceipt, options);
      return;
    }
    const lease = holdLease({
      ...{ queue, message, leaseSeconds: options.leaseSeconds },
      logWarning: (text) => log('warning', functionName, text),
    });
    const succeeded = await runs(message, bytes, options);
    await settle(message, { popReceipt: await lease.end(), succeeded }, options);
  } catch (error) {
    // Deleted or taken over by another host: nothing is left to do here.
    const gone = error instanceof RestError && [400, 404].includes(error.statusCode ?? 0);
    const level = gone ? 'debug' : 'error';
    log(level, functionName, `Message ${message.messageId} was not settled: ${stackOf(error)}`);
  }
}

async function runs(
  message: ReceivedMessageItem,
  bytes: Buffer,
  options: QueueListenerOptions,
): Promise<boolean> {
  // Bytes that are no text fail like a handler that throws.
  if (!isUtf8(bytes)) {
    const { functionName, queue } = options;
    options.log(
      'error',
      functionName,
      `Message ${message.messageId} of queue ${queue.name} is not UTF-8.`,
    );
    return false;
  }
  return options.run(message, bytes.toString('utf8')).then(
    () => true,
    () => false,
  );
}

async function settle(
  message: ReceivedMessageItem,
  outcome: { popReceipt: string; succeeded: boolean },
  options: QueueListenerOptions,
): Promise<void> {
  const { queue, rules } = options;
  const { popReceipt, succeeded } = outcome;
  if (succeeded) {
    await queue.deleteMessage(message.messageId, popReceipt);
  } else if (isPoison(queue)) {
    // A failing poison function would spin: its message stays invisible until the lease ends.
  } else if (message.dequeueCount >= rules.maxDequeueCount) {
    await moveToPoison(message, popReceipt, options);
  } else {
    const visibleInSeconds = Math.round(rules.visibilityTimeoutMs / 1000);
    await queue.updateMessage(message.messageId, popReceipt, undefined, visibleInSeconds);
  }
}

/** The copy has the very text of the message, whatever its encoding. */
async function moveToPoison(
  message: ReceivedMessageItem,
  popReceipt: string,
  options: QueueListenerOptions,
): Promise<void> {
  const { queue, poisonQueue, log, functionName } = options;
  // A poison queue has no poison queue of its own: the real host leaves such a message where it is.
  if (isPoison(queue)) return;
  await poisonQueue.createIfNotExists();
  await poisonQueue.sendMessage(message.messageText);
  await queue.deleteMessage(message.messageId, popReceipt);
  log(
    'warning',
    functionName,
    `Message ${message.messageId} was moved to queue ${poisonQueue.name}.`,
  );
  options.onPoisoned(poisonQueue.name);
}

function isPoison(queue: QueueClient): boolean {
  return queue.name.endsWith(POISON_SUFFIX);
}
