import type { TokenCredential } from '@azure/identity';
import type { SiteReader } from '../../controller/ports/site-reader.ts';
import type { SlotSwapper } from '../../controller/ports/slot-swapper.ts';
import type { TrafficRouter } from '../../controller/ports/traffic-router.ts';
import { createArmClients } from './arm-clients.ts';
import { createSiteReader } from './site-reader.ts';
import { createSiteTags, type SiteTags } from './site-tags.ts';
import { createSlotSwapper } from './slot-swapper.ts';
import { createTrafficRouter } from './traffic-router.ts';

export interface AppServiceOptions {
  readonly credential: TokenCredential;
  /** A stand-in for ARM on this machine, `http://127.0.0.1:7071`. Absent: Azure. */
  readonly localEndpoint?: string | undefined;
  /** The longest that one request may take, its retries and its token included. */
  readonly timeoutMs: number;
}

export interface AppServicePorts {
  readonly reader: SiteReader;
  readonly router: TrafficRouter;
  readonly swapper: SlotSwapper;
  /** For people alone (`slipway rescue`): Slipway itself reads one tag with the site, and writes none. */
  readonly tags: SiteTags;
}

/**
 * App Service by Azure's own SDK. Sends nothing yet; one pair of clients per subscription is made when
 * it is first needed.
 * @throws AzureCallError `not-loopback` when `localEndpoint` is not an address of this machine.
 */
export function connectAppService(options: AppServiceOptions): AppServicePorts {
  const clients = createArmClients(options);
  return {
    reader: createSiteReader(clients),
    router: createTrafficRouter(clients),
    swapper: createSlotSwapper(clients),
    tags: createSiteTags(clients),
  };
}
