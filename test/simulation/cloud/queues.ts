/**
 * Storage queues in memory: a message is invisible while somebody works on it, comes back when it was
 * not deleted, and is counted (azure.md 4.3).
 */
export interface Message {
  readonly id: string;
  readonly queue: string;
  readonly text: string;
  readonly insertedAtMs: number;
  readonly expiresAtMs: number;
  visibleAtMs: number;
  dequeueCount: number;
  deleted: boolean;
}

export interface Queues {
  send(queue: string, text: string, options?: { delayMs?: number; lifeMs?: number }): Message;
  /** Shows the message again at that time. */
  showAgain(message: Message, atMs: number): void;
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** @param onVisible told once for every time that a message will be visible */
export function createQueues(now: () => number, onVisible: (message: Message) => void): Queues {
  let sent = 0;
  return {
    send: (queue, text, { delayMs = 0, lifeMs = WEEK_MS } = {}) => {
      const message = {
        id: `message-${(sent += 1)}`,
        queue,
        text,
        insertedAtMs: now(),
        expiresAtMs: now() + lifeMs,
        visibleAtMs: now() + delayMs,
        dequeueCount: 0,
        deleted: false,
      };
      onVisible(message);
      return message;
    },
    showAgain: (message, atMs) => {
      message.visibleAtMs = atMs;
      onVisible(message);
    },
  };
}
