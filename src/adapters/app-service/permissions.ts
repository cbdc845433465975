import { createPipelineRequest } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import type { Permission } from '../../release/doctor-facts.ts';
import type { Target } from '../../release/start-message.ts';
import type { ArmClients } from './arm-clients.ts';

/**
 * "Gets all permissions the caller has for a resource", api-version 2022-04-01
 * (learn.microsoft.com/rest/api/authorization/permissions/list-for-resource). One entry a role
 * assignment that reaches the resource; deny assignments and locks do not show.
 */
const NAMES = z
  .array(z.string())
  .nullish()
  .transform((names) => names ?? []);
const PAGE = z.object({
  value: z.array(z.object({ actions: NAMES, notActions: NAMES })),
  nextLink: z.string().nullish(),
});

/** Somebody has a few assignments; what does not end must not go on for ever. */
const PAGES_MAX = 10;

/**
 * All of them: part of a list would deny what the rest gives.
 * @throws AzureCallError, ZodError, Error
 */
export async function readPermissions(
  send: ArmClients['send'],
  target: Target,
  slot?: string,
): Promise<readonly Permission[]> {
  const found: Permission[] = [];
  let url: string | undefined = firstPage(target, slot);
  for (let page = 0; url !== undefined && page < PAGES_MAX; page += 1) {
    const { bodyAsText }: { bodyAsText?: string | null } = await send(
      createPipelineRequest({ url }),
    );
    const { value, nextLink }: z.output<typeof PAGE> = PAGE.parse(JSON.parse(bodyAsText ?? ''));
    found.push(...value);
    url = nextLink === null || nextLink === '' ? undefined : nextLink;
  }
  if (url !== undefined) throw new Error(`more than ${PAGES_MAX} pages of permissions`);
  return found;
}

function firstPage(
  { subscriptionId, resourceGroup, site }: Target,
  slot: string | undefined,
): string {
  const part = encodeURIComponent;
  const ofSlot = slot === undefined ? '' : `/slots/${part(slot)}`;
  return `https://management.azure.com/subscriptions/${part(subscriptionId)}/resourceGroups/${part(resourceGroup)}/providers/Microsoft.Web/sites/${part(site)}${ofSlot}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`;
}
