import type { Site, SiteConfigResource } from '@azure/arm-appservice';
import { z } from 'zod';
import type { SlotConfiguration } from '../../release/doctor-facts.ts';
import { filled } from './site-facts.ts';

/** ARM's resources in the doctor's words. Unset properties arrive as `null`, against the SDK's types. */

const FLAG = z.boolean().nullish();

export function configurationOf(site: Site, config: SiteConfigResource): SlotConfiguration {
  return {
    kind: filled(site.kind),
    tier: filled(site.sku),
    planId: filled(site.serverFarmId),
    httpsOnly: FLAG.parse(site.httpsOnly) ?? undefined,
    alwaysOn: FLAG.parse(config.alwaysOn) ?? undefined,
    healthCheckPath: filled(config.healthCheckPath),
  };
}

const SETTINGS = z.record(z.string(), z.string().nullable()).nullish();
const STRINGS = z
  .record(z.string(), z.object({ value: z.string().nullish(), type: z.string().nullish() }))
  .nullish();

/** @throws ZodError: the SDK passes on whatever the answer holds */
export function settingsOf(properties: unknown): ReadonlyMap<string, string> {
  const settings = SETTINGS.parse(properties) ?? {};
  return new Map(Object.entries(settings).map(([name, value]) => [name, value ?? '']));
}

/** The kind of database counts too. @throws ZodError */
export function stringsOf(properties: unknown): ReadonlyMap<string, string> {
  const strings = STRINGS.parse(properties) ?? {};
  return new Map(
    Object.entries(strings).map(([name, { value, type }]) => [
      name,
      JSON.stringify([type ?? '', value ?? '']),
    ]),
  );
}
