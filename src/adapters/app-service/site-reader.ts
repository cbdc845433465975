import type { Deployment, Site, SiteConfigResource } from '@azure/arm-appservice';
import { z } from 'zod';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';
import { RESCUE_TAG, type SiteReader } from '../../controller/ports/site-reader.ts';
import type { Target } from '../../release/start-message.ts';
import type { ArmClientsOf } from './arm-clients.ts';
import { callAzure } from './call-azure.ts';
import {
  filled,
  imageOf,
  newestDeployment,
  newestSwap,
  slotFactsOf,
  tagOf,
  volumeOf,
} from './site-facts.ts';
import type { SiteAnswer } from './site-facts.ts';

/** The SDK passes on whatever the answer holds. */
const NAMES = z.array(z.string()).nullish();
/** Kudu keeps a few dozen deployments, on one page. */
const DEPLOYMENT_PAGES = 3;

export function createSiteReader(clientsOf: ArmClientsOf): SiteReader {
  const at = (target: Target): Place => {
    const { webApps } = clientsOf(target.subscriptionId).reads;
    return { webApps, group: target.resourceGroup, site: target.site };
  };
  return {
    readSite: async (target, slot) =>
      await callAzure(`read ${target.site} and its slot ${slot}`, async () => {
        const answers = await Promise.all([readOne(at(target)), readOne(at(target), slot)]);
        const [production, canary] = answers;
        const slotName = `${target.site}/${slot}`;
        return {
          volumes: {
            production: volumeOf(production, target.site),
            slot: volumeOf(canary, slotName),
            swappedAt: newestSwap(answers),
          },
          production: slotFactsOf(production, target.site),
          slot: slotFactsOf(canary, slotName),
          rescueTag: tagOf(production, RESCUE_TAG),
        };
      }),

    readContent: async (target, slot) =>
      await callAzure(`read the content of ${target.site} and its slot ${slot}`, async () => {
        const [production, canary] = await Promise.all([
          contentOf(at(target)),
          contentOf(at(target), slot),
        ]);
        return { production, slot: canary };
      }),

    readSwapSettings: async (target, slot) =>
      await callAzure(`read the swap settings of ${target.site}/${slot}`, async () => {
        const { webApps, group, site } = at(target);
        const [config, names] = await Promise.all([
          webApps.getConfigurationSlot(group, site, slot),
          webApps.listSlotConfigurationNames(group, site),
        ]);
        return {
          autoSwapSlotName: filled(config.autoSwapSlotName),
          stickyAppSettings: NAMES.parse(names.appSettingNames) ?? [],
        };
      }),
  };
}

interface Place {
  readonly webApps: ReturnType<ArmClientsOf>['reads']['webApps'];
  readonly group: string;
  readonly site: string;
}

async function readOne({ webApps, group, site }: Place, slot?: string): Promise<SiteAnswer> {
  let body = '';
  const onResponse = (response: { bodyAsText?: string | null }): void => {
    body = response.bodyAsText ?? '';
  };
  const found: Site =
    slot === undefined
      ? await webApps.get(group, site, { onResponse })
      : await webApps.getSlot(group, site, slot, { onResponse });
  return { site: found, raw: JSON.parse(body) };
}

/** A container's image is its content, whatever Kudu has on record beside it. */
async function contentOf(place: Place, slot?: string): Promise<string> {
  const { webApps, group, site } = place;
  const config: SiteConfigResource =
    slot === undefined
      ? await webApps.getConfiguration(group, site)
      : await webApps.getConfigurationSlot(group, site, slot);
  const content = imageOf(config) ?? newestDeployment(await deploymentsOf(place, slot));
  if (content !== undefined) return content;
  const name = slot === undefined ? site : `${site}/${slot}`;
  throw new AzureCallError(
    `${name} has neither a deployment on record nor a container image, so nobody could tell whether its content changed; deploy to it by ZIP deploy, Git or a container image (a package URL in WEBSITE_RUN_FROM_PACKAGE leaves no record)`,
    { code: 'content-unknown', failure: 'refused' },
  );
}

async function deploymentsOf(
  { webApps, group, site }: Place,
  slot?: string,
): Promise<Deployment[]> {
  const list =
    slot === undefined
      ? webApps.listDeployments(group, site)
      : webApps.listDeploymentsSlot(group, site, slot);
  const found: Deployment[] = [];
  let pages = 0;
  for await (const page of list.byPage()) {
    found.push(...page);
    pages += 1;
    if (pages === DEPLOYMENT_PAGES) break;
  }
  return found;
}
