import { restorePoller } from '@azure/arm-appservice';
import { isRestError } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import type { SlotSwapper, SwapProgress } from '../../controller/ports/slot-swapper.ts';
import type { ArmClientsOf } from './arm-clients.ts';
import { callAzure } from './call-azure.ts';

/** What is read of the text that the SDK's poller serialises itself to (azure.md 1.6). */
const pollerSchema = z.object({
  state: z.object({
    status: z.string(),
    config: z.object({ initialRequestUrl: z.string().optional() }),
  }),
});
const SUBSCRIPTION = /\/subscriptions\/([^/]+)\//i;
/** Statuses of a poll that say something about our asking, and nothing about the swap. */
const ABOUT_THE_POLL = [401, 403, 404, 408, 429];

export function createSlotSwapper(clientsOf: ArmClientsOf): SlotSwapper {
  return {
    submitSwap: async (target, slot) =>
      await callAzure(`swap ${target.site}/${slot} with production`, async () => {
        const { webApps } = clientsOf(target.subscriptionId).once;
        // The slot's form, as the Azure CLI uses it.
        const poller = webApps.swapSlot(target.resourceGroup, target.site, slot, {
          targetSlot: 'production',
          preserveVnet: true,
        });
        await poller.submitted();
        return { poller: await poller.serialize() };
      }),

    pollSwap: async (poller) => {
      const { status, subscriptionId } = readPoller(poller);
      // Answered 200 at once, without a Location: there is nothing to ask for.
      if (status === 'succeeded') return { kind: 'succeeded' };
      return await callAzure(
        'follow the swap',
        async () => await poll(clientsOf, subscriptionId, poller),
      );
    },
  };
}

async function poll(
  clientsOf: ArmClientsOf,
  subscriptionId: string,
  serialized: string,
): Promise<SwapProgress> {
  const { once } = clientsOf(subscriptionId);
  const poller = restorePoller(once, serialized, once.webApps.swapSlot);
  try {
    const { status } = await poller.poll();
    if (status === 'succeeded') return { kind: 'succeeded' };
    return { kind: 'running', poller: await poller.serialize() };
  } catch (error) {
    const failed = failureOfSwap(error, poller.operationState?.status);
    if (failed === undefined) throw error;
    return failed;
  }
}

/** The swap's own end, if the error is one. A location answers 4xx when the operation has failed. */
function failureOfSwap(error: unknown, status: string | undefined): SwapProgress | undefined {
  if (error instanceof AzureCallError) {
    const answer = error.status ?? 0;
    if (answer < 400 || answer >= 500 || ABOUT_THE_POLL.includes(answer)) return undefined;
    return { kind: 'failed', code: error.code, message: error.message };
  }
  // The SDK also marks the operation failed when a poll was answered by something odd, such as 204.
  const ended = status === 'failed' || status === 'canceled';
  if (!ended || isRestError(error) || !(error instanceof Error)) return undefined;
  return { kind: 'failed', code: `swap-${status}`, message: error.message };
}

function readPoller(poller: string): { status: string; subscriptionId: string } {
  try {
    const { status, config } = pollerSchema.parse(JSON.parse(poller)).state;
    const subscriptionId = SUBSCRIPTION.exec(config.initialRequestUrl ?? '')?.[1] ?? '';
    if (subscriptionId !== '' || status === 'succeeded') return { status, subscriptionId };
    throw new Error('it does not name a subscription');
  } catch (cause) {
    throw new AzureCallError(
      'the stored poller of a swap cannot be read; only the volumes of the sites can say whether the swap happened',
      { cause, code: 'poller-unreadable', failure: 'refused' },
    );
  }
}
