/** An entry of the app registry as administrators write it, and the file that holds all of them. */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import { LISTED_SENDERS } from './caller.ts';
import { isAppKey } from './release-id.ts';
import { plainText, writtenPlan } from './written-plan.ts';
import { guid, writtenSlot, writtenTarget, writtenTelemetry } from './written-target.ts';

/** Addresses that stand where an app's name would: `GET /api/apps/audit`. */
const RESERVED = ['audit'];

/** One alphabet, one case: two names that look alike are the same name. */
export const appName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'lower-case letters a to z, digits and hyphens, at most 63, beginning and ending with a letter or digit',
  )
  .refine((name) => !RESERVED.includes(name) && !isAppKey(name), 'this name is reserved');

const senders: readonly string[] = LISTED_SENDERS;

/** No union: of what is neither, its problem would be told as that of a GUID alone. */
const id = z
  .string()
  .refine(
    (text) => senders.includes(text) || guid.safeParse(text).success,
    `an object id of Entra (a GUID), ${LISTED_SENDERS.map((name) => `\`${name}\``).join(' or ')}`,
  );

const ids = z
  .array(id)
  .min(1, 'a list of nobody: leave it out for everybody with the role, or remove the app')
  .max(BOUNDS.appIds, `at most ${BOUNDS.appIds} ids; name a group`)
  .optional();

const labels = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i, 'letters, digits, - _ . and at most 63'),
    plainText(200),
  )
  .refine(
    (value) => Object.keys(value).length <= BOUNDS.appLabels,
    `at most ${BOUNDS.appLabels} labels`,
  );

export const writtenApp = z.strictObject({
  name: appName,
  target: writtenTarget,
  slot: writtenSlot,
  telemetry: writtenTelemetry.optional(),
  defaultPlan: writtenPlan.optional(),
  weakestPlan: writtenPlan.optional(),
  may: z.strictObject({ start: ids, override: ids, approve: ids }).optional(),
  reversible: z.boolean().optional(),
  labels: labels.optional(),
});

export const appsFile = z.strictObject({
  apps: z.array(writtenApp).max(BOUNDS.apps, `at most ${BOUNDS.apps} apps`),
});

/** Before anything is read into it: `"10m"`, not milliseconds. What is stored, compared and shown. */
export type WrittenApp = z.input<typeof writtenApp>;
export type ParsedApp = z.output<typeof writtenApp>;
