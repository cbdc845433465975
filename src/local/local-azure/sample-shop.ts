/** The one app of the local Azure: the sample shop, in production and in a slot. */
import type { SiteState } from '../app-service/state.ts';
import { PRODUCTION } from '../app-service/types.ts';
import type { SiteDefinition } from '../app-service/types.ts';

export const SLOT = 'staging';

/** As start messages name it. */
export const TARGET = {
  subscriptionId: '11111111-1111-4111-8111-111111111111',
  resourceGroup: 'local',
  site: 'shop',
} as const;

export const WORKSPACE_ID = '22222222-2222-4222-8222-222222222222';

export const COMPONENT_ID = `/subscriptions/${TARGET.subscriptionId}/resourceGroups/${TARGET.resourceGroup}/providers/microsoft.insights/components/${TARGET.site}`;

/** Hosts as App Service would name them; the front end tells slots apart by them. */
export const SHOP_HOST = `${TARGET.site}.azurewebsites.net`;
export const SLOT_HOST = `${TARGET.site}-${SLOT}.azurewebsites.net`;

const FIRST_VERSION = '1.0.0';
/** A share of checkouts that fail; few enough that production goes on, enough to be caught. */
const CHECKOUT_FAILURES = 0.4;

/** What a start without kept data begins with: one good version in production, an empty slot. */
export const SHOP_SITE: SiteDefinition = {
  subscriptionId: TARGET.subscriptionId,
  resourceGroup: TARGET.resourceGroup,
  name: TARGET.site,
  hostName: SHOP_HOST,
  content: shopBuild(FIRST_VERSION),
  slots: [{ name: SLOT, hostName: SLOT_HOST }],
};

/** The content of a version: `good`, or `failing` for some shoppers at the checkout. */
export function shopBuild(version: string, kind: 'good' | 'failing' = 'good'): string {
  const query = `?behaviour=failing&checkoutFailures=${CHECKOUT_FAILURES}`;
  return `shop@${version}${kind === 'failing' ? query : ''}`;
}

/** The versions that lie in the two slots; undefined: nothing was deployed there. */
export interface ShopVersions {
  readonly production: string | undefined;
  readonly slot: string | undefined;
}

export function versionsOf(site: SiteState): ShopVersions {
  const version = (slotName: string): string | undefined => {
    const content = site.slots.find((slot) => slot.name === slotName)?.volume.content;
    return /^shop@([^?]+)/.exec(content ?? '')?.[1];
  };
  return { production: version(PRODUCTION), slot: version(SLOT) };
}
