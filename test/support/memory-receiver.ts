/** A receiver of notices that keeps what it is told, and fails when it is asked to. */
import { NotToldError, type Receiver, type Standing } from '../../src/controller/ports/notifier.ts';
import type { Notice } from '../../src/release/notice.ts';

export interface MemoryReceiver extends Receiver {
  readonly notices: Notice[];
  /** True: it takes the notice and then fails, as when the answer is lost. */
  answerIsLost: boolean;
  down: boolean;
  /** It is there and takes nothing: asks to come later. */
  busy: boolean;
  /** What it asks for when it is busy. */
  retryAfterMs: number | undefined;
  /** Waited for before a notice is taken. */
  pace: (notice: Notice) => Promise<void>;
}

/** @param wants everything, unless told */
export function createMemoryReceiver(
  name = 'memory',
  wants: (notice: Notice) => boolean = () => true,
): MemoryReceiver {
  let standing: Standing = { ok: true, toldAt: undefined, problem: undefined };
  const receiver: MemoryReceiver = {
    ...{ name, kind: 'memory', wants, notices: [], answerIsLost: false, down: false },
    ...{ busy: false, retryAfterMs: undefined },
    pace: async () => undefined,
    standing: () => standing,
    tell: async (notice) => {
      const at = Date.parse(notice.at);
      const fail = (error: NotToldError): never => {
        standing = { ...standing, ok: false, problem: { at, message: error.message } };
        throw error;
      };
      await receiver.pace(notice);
      if (receiver.down) fail(new NotToldError('receiver-unreachable', 'nobody listens'));
      if (receiver.busy)
        fail(new NotToldError('receiver-later', 'come later', receiver.retryAfterMs));
      receiver.notices.push(notice);
      if (receiver.answerIsLost)
        fail(new NotToldError('receiver-unreachable', 'the answer was lost'));
      standing = { ...standing, ok: true, toldAt: at };
    },
  };
  return receiver;
}

/** A receiver that does this with every notice. */
export function receiverBy(name: string, tell: Receiver['tell']): Receiver {
  return {
    ...{ name, kind: 'memory', wants: () => true, tell },
    standing: () => ({ ok: true, toldAt: undefined, problem: undefined }),
  };
}
