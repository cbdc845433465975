/** An app of App Service and its telemetry, as people write them. ASCII alone: no name looks like another. */
import { z } from 'zod';
import type { TelemetrySource } from './start-message.ts';
import { plainText } from './written-plan.ts';

export const guid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'a GUID such as 11111111-2222-3333-4444-555555555555',
  );

const resourceGroup = z
  .string()
  .max(90)
  .regex(/^[-\w.()]*[-\w()]$/, 'letters, digits, - _ . ( ), not ending in a full stop');

const siteName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/i, 'letters, digits and hyphens, at most 60');

const component = plainText(400).regex(
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Insights\/components\/[^/'"|]+$/i,
  "an Application Insights component's resource id",
);

export const writtenTarget = z.strictObject({
  subscriptionId: guid,
  resourceGroup,
  site: siteName,
});

export const writtenSlot = siteName.refine(
  (name) => name.toLowerCase() !== 'production',
  'the canary is never in production; name its slot',
);

export const writtenTelemetry = z.strictObject({
  workspaceId: guid.optional(),
  component: component.optional(),
  role: plainText(200).optional(),
});

export function telemetryOf(
  written: z.output<typeof writtenTelemetry> | undefined,
): TelemetrySource {
  return {
    workspaceId: written?.workspaceId,
    component: written?.component,
    role: written?.role,
  };
}
