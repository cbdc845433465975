/** One shop of a local world: its app, its visitors, its team with deployments and start messages. */
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import { PRODUCTION } from '../../../src/local/app-service/types.ts';
import { startVisitors, type Visitors } from '../../../src/local/shop/visitors.ts';
import { OTHER_TOOL_API_VERSION, type ArmWrite, type ArmWrites } from './arm-writes.ts';
import { CANARY_PLAN } from './plans.ts';

export const SUBSCRIPTION = '11111111-1111-4111-8111-111111111111';
export const RESOURCE_GROUP = 'local';
export const SLOT = 'staging';

export interface Shop {
  readonly siteId: string;
  readonly visitors: Visitors;
  /** Pushes a build into the slot, as CI does before it starts a release. */
  deploy(content: string): Promise<void>;
  /** A start message for this shop's slot. */
  message(order: StartOrder): string;
  /** What lies in production and in the slot now. */
  contents(): { readonly production: string | null; readonly slot: string | null };
  /** The rules that route visitors now, as `slot=percent`. */
  rules(): readonly string[];
  /** A swap runs now. */
  isSwapping(): boolean;
  /** Everything that changed this app in Azure so far. */
  writes(): readonly ArmWrite[];
  /** Somebody sets the slot's weight with another tool; 0 removes the rule. */
  setWeightByHand(weight: number): Promise<void>;
  /** The versions that answered visitors since then, and how many requests failed (5xx, no answer). */
  visitsSince(mark: VisitMark): { readonly versions: readonly string[]; readonly failures: number };
  mark(): VisitMark;
}

export type VisitMark = ReturnType<Visitors['counts']>;

export interface StartOrder {
  readonly version: string;
  readonly key: string;
  readonly plan?: unknown;
}

/** The resource id of a site of the local world. */
export function siteIdOf(site: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}/providers/Microsoft.Web/sites/${site}`;
}

/** A start message as CI writes it. */
export function startMessage(site: string, order: StartOrder): string {
  const { version, key, plan = CANARY_PLAN } = order;
  return JSON.stringify({
    key,
    target: { subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site },
    slot: SLOT,
    version,
    plan,
    requestedBy: { name: 'ci' },
  });
}

export interface ShopOptions {
  readonly name: string;
  readonly appService: AppServiceStandIn;
  readonly writes: ArmWrites;
  readonly ratePerSecond: number;
  readonly log: (line: string) => void;
}

export function createShop(options: ShopOptions): Shop {
  const { name, appService, writes, ratePerSecond, log } = options;
  const siteId = siteIdOf(name);
  const slotOf = (slot: string) => {
    const found = appService.site(name).slots.find((entry) => entry.name === slot);
    if (found === undefined) throw new Error(`${name} has no slot ${slot}`);
    return found;
  };
  const visitors = startVisitors({
    frontEndUrl: appService.frontEndUrl,
    host: slotOf(PRODUCTION).hostName,
    ratePerSecond,
    cookieShare: 0.2,
    log,
  });
  return {
    siteId,
    visitors,
    deploy: async (content) => {
      await appService.deploy({ site: name, slot: SLOT, content });
    },
    message: (order) => startMessage(name, order),
    contents: () => ({
      production: slotOf(PRODUCTION).volume.content,
      slot: slotOf(SLOT).volume.content,
    }),
    rules: () =>
      slotOf(PRODUCTION).rules.map((rule) => `${rule.name ?? ''}=${rule.reroutePercentage ?? 0}`),
    isSwapping: () => appService.site(name).operations.some(({ status }) => status === 'running'),
    writes: () => writes.of(name),
    setWeightByHand: (weight) =>
      patchRules(`${appService.armUrl}${siteId}`, { weight, host: slotOf(SLOT).hostName }),
    mark: () => visitors.counts(),
    visitsSince: (mark) => visitsBetween(mark, visitors.counts()),
  };
}

/** As the portal or `az webapp traffic-routing` would: a PATCH of the whole list. */
async function patchRules(
  siteUrl: string,
  { weight, host }: { readonly weight: number; readonly host: string },
): Promise<void> {
  const rule = { name: SLOT, actionHostName: host, reroutePercentage: weight };
  const answer = await fetch(`${siteUrl}/config/web?api-version=${OTHER_TOOL_API_VERSION}`, {
    method: 'PATCH',
    headers: { authorization: 'Bearer a-person', 'content-type': 'application/json' },
    body: JSON.stringify({
      properties: { experiments: { rampUpRules: weight === 0 ? [] : [rule] } },
    }),
  });
  if (!answer.ok) throw new Error(`rules by hand: ${answer.status} ${await answer.text()}`);
}

function visitsBetween(before: VisitMark, after: VisitMark): ReturnType<Shop['visitsSince']> {
  const versions = Object.entries(after.byVersion)
    .filter(([version, seen]) => seen.answers > (before.byVersion[version]?.answers ?? 0))
    .map(([version]) => version)
    .sort();
  return { versions, failures: failuresOf(after) - failuresOf(before) };
}

function failuresOf({ byStatus, unanswered }: VisitMark): number {
  const errors = Object.entries(byStatus).filter(([status]) => Number(status) >= 500);
  return errors.reduce((sum, [, count]) => sum + count, unanswered);
}
