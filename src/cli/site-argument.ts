import { InvalidArgumentError } from 'commander';

import type { Target } from '../release/start-message.ts';
import { writtenSlot, writtenTarget } from '../release/written-target.ts';

const SITE_ID =
  /^\/?(?:subscriptions\/)?([^/]+)\/(?:resourceGroups\/)?([^/]+)\/(?:providers\/Microsoft\.Web\/sites\/)?([^/]+)\/?$/i;

/** A site on the command line: its resource id, or subscription/group/site. */
export function siteArgument(text: string): Target {
  const [, subscriptionId, resourceGroup, site] = SITE_ID.exec(text) ?? [];
  const parsed = writtenTarget.safeParse({ subscriptionId, resourceGroup, site });
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(
    'Give /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/NAME, or subscription id/group/site.',
  );
}

export function slotArgument(text: string): string {
  const parsed = writtenSlot.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError("The slot's name: letters, digits and hyphens, not production.");
}
