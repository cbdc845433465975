import type { Deployment, Site } from '@azure/arm-appservice';
import { z } from 'zod';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import type { SlotFacts } from '../../release/azure-facts.ts';

/** ARM's resources in Slipway's words. Unset properties arrive as `null`, against the SDK's types. */

export interface SiteAnswer {
  readonly site: Site;
  /** The body as it came: the SDK drops what it does not type (azure.md 1.5). */
  readonly raw: unknown;
}

const rawSite = z.object({ properties: z.object({ deploymentId: z.string().min(1) }) });
const IMAGE = /^(?:DOCKER|COMPOSE|KUBE|SITECONTAINERS)\|(.+)$/i;

/** Names the volume that is in the slot. @throws AzureCallError `volume-unknown` */
export function volumeOf({ raw }: SiteAnswer, name: string): string {
  const parsed = rawSite.safeParse(raw);
  if (parsed.success) return parsed.data.properties.deploymentId;
  throw new AzureCallError(
    `Azure's answer for ${name} has no deploymentId, so nobody could prove whether a swap happened; Slipway cannot release to this app`,
    { code: 'volume-unknown', failure: 'refused' },
  );
}

/**
 * A name of DNS with a dot in it, and no address: probes are sent there, and neither this machine nor a
 * metadata service may be asked by mistake.
 */
const HOST =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** @throws AzureCallError `host-unknown`: a rule needs the slot's own host (azure.md 1.1). */
export function slotFactsOf({ site }: SiteAnswer, name: string): SlotFacts {
  const host = filled(site.defaultHostName);
  if (host === undefined || !HOST.test(host)) {
    const what =
      host === undefined ? 'no defaultHostName' : 'a defaultHostName that is no host name';
    throw new AzureCallError(`Azure's answer for ${name} has ${what}`, {
      code: 'host-unknown',
      failure: 'refused',
    });
  }
  return {
    host,
    state: filled(site.state) ?? 'Unknown',
    targetSwapSlot: filled(site.targetSwapSlot),
    operationInProgress: filled(site.inProgressOperationId),
  };
}

/** The newest swap that either site knows of, ISO 8601 in UTC: such texts sort by time. */
export function newestSwap(sites: readonly SiteAnswer[]): string | undefined {
  return sites
    .map(({ site }) => site.slotSwapStatus?.timestampUtc)
    .filter((time): time is Date => time instanceof Date && !Number.isNaN(time.getTime()))
    .map((time) => time.toISOString())
    .toSorted()
    .at(-1);
}

/** ARM compares names of tags without case and keeps them as they were written. */
export function tagOf({ site }: SiteAnswer, name: string): string | undefined {
  const tags: Readonly<Record<string, string>> = site.tags ?? {};
  const found = Object.entries(tags).find(([key]) => key.toLowerCase() === name);
  return found && (TEXT.parse(found[1]) ?? undefined);
}

/** The image of a container app: `DOCKER|registry/shop:2` gives `registry/shop:2`. */
export function imageOf(config: {
  readonly linuxFxVersion?: string | null;
  readonly windowsFxVersion?: string | null;
}): string | undefined {
  return [config.linuxFxVersion, config.windowsFxVersion]
    .map((stack) => IMAGE.exec(stack ?? '')?.[1])
    .find((image) => image !== undefined);
}

/** Id of the deployment that began last; one that was received and has not begun is newer than all. */
export function newestDeployment(deployments: readonly Deployment[]): string | undefined {
  const begun = ({ startTime }: Deployment): number => {
    const time = startTime instanceof Date ? startTime.getTime() : Number.NaN;
    return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
  };
  // `>` keeps the first of equals: Kudu lists the newest first.
  const newest = deployments.reduce<Deployment | undefined>(
    (best, next) => (best === undefined || begun(next) > begun(best) ? next : best),
    undefined,
  );
  // `shop/2f1e…` or `shop/staging/2f1e…`; the SDK drops `properties.id`.
  return filled((newest?.name ?? newest?.id)?.split('/').at(-1));
}

const TEXT = z.string().nullish();

/**
 * The text, unless it is empty or null.
 * @throws ZodError for anything else: the SDK passes on whatever the answer holds
 */
export function filled(text: unknown): string | undefined {
  const value = TEXT.parse(text);
  return value === null || value === '' ? undefined : value;
}
