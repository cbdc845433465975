import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { Target } from '../../release/start-message.ts';
import type { ArmClientsOf } from './arm-clients.ts';
import { callAzure } from './call-azure.ts';

/** Tags of the production site. */
export interface SiteTags {
  /** Read with the site itself, so that the right to read it is enough. Throws AzureCallError. */
  read(target: Target): Promise<TagsRead>;
  /**
   * Adds tags, or gives them other values; the others stay. Never retried. By ARM's own provider:
   * needs `Microsoft.Resources/tags/write` (Tag Contributor), and no right to change the site.
   * Throws AzureCallError.
   */
  merge(target: Target, tags: Readonly<Record<string, string>>): Promise<TagsRead>;
}

export interface TagsRead {
  readonly tags: Readonly<Record<string, string>>;
  /** Azure's own clock (the answer's Date header), milliseconds, to the second. */
  readonly azureTime: number | undefined;
}

const tagsSchema = z.record(z.string(), z.string()).nullish();
const siteSchema = z.object({ tags: tagsSchema });
const mergedSchema = z.object({ properties: siteSchema });

export function createSiteTags(clientsOf: ArmClientsOf): SiteTags {
  return {
    read: (target) =>
      callAzure(`read the tags of ${target.site}`, async () => {
        const request = createPipelineRequest({ url: `${siteUrl(target)}?api-version=2025-05-01` });
        const { body, azureTime } = await answerOf(clientsOf, target, request);
        return { tags: siteSchema.parse(body).tags ?? {}, azureTime };
      }),
    merge: (target, tags) =>
      callAzure(`write a tag of ${target.site}`, async () => {
        const request = createPipelineRequest({
          url: `${siteUrl(target)}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`,
          method: 'PATCH',
          headers: createHttpHeaders({ 'content-type': 'application/json' }),
          body: JSON.stringify({ operation: 'Merge', properties: { tags } }),
        });
        const { body, azureTime } = await answerOf(clientsOf, target, request);
        return { tags: mergedSchema.parse(body).properties.tags ?? {}, azureTime };
      }),
  };
}

function siteUrl(target: Target): string {
  const part = encodeURIComponent;
  const { subscriptionId, resourceGroup, site } = target;
  return `https://management.azure.com/subscriptions/${part(subscriptionId)}/resourceGroups/${part(resourceGroup)}/providers/Microsoft.Web/sites/${part(site)}`;
}

async function answerOf(
  clientsOf: ArmClientsOf,
  target: Target,
  request: PipelineRequest,
): Promise<{ readonly body: unknown; readonly azureTime: number | undefined }> {
  const { bodyAsText, headers } = await clientsOf(target.subscriptionId).send(request);
  const at = Date.parse(headers.get('date') ?? '');
  const azureTime = Number.isNaN(at) ? undefined : at;
  return { body: JSON.parse(bodyAsText ?? ''), azureTime };
}
