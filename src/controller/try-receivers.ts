/** Sends every receiver a sample, so that nobody has to wait for a release to learn that an address is wrong. */
import { sampleNotice } from '../release/notice-sample.ts';
import type { ReceiverHealth, ReceiverTrial } from './controller.ts';
import type { Receiver } from './ports/notifier.ts';
import type { Ports } from './ports.ts';

/** Side by side, one try each; as long as the slowest may take. Never throws. */
export async function tryReceivers(ports: Ports): Promise<readonly ReceiverTrial[]> {
  const { receivers = [] } = ports.notifier ?? {};
  const notice = sampleNotice(ports.random(), ports.clock.now());
  return Promise.all(
    receivers.map(async (receiver) => {
      const { name, kind } = receiver;
      try {
        await receiver.tell(notice);
        return { name, kind, problem: undefined };
      } catch (error) {
        return { name, kind, problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** How telling went in this process: a receiver that fails holds no release up, so it is no fault of health. */
export function receiversHealth({ notifier, clock }: Ports): readonly ReceiverHealth[] {
  const { receivers = [], unread } = notifier ?? {};
  const known = receivers.map(healthOf);
  if (unread === undefined) return known;
  const problem = { at: clock.now(), message: unread };
  return [...known, { name: 'others', kind: 'unknown', ok: false, toldAt: undefined, problem }];
}

function healthOf(receiver: Receiver): ReceiverHealth {
  const { name, kind } = receiver;
  return { name, kind, ...receiver.standing() };
}
