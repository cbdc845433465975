/**
 * What somebody did to an app by `slipway rescue`, without Slipway: a tag of the production site, which
 * Slipway finds when it is back. Whoever may write tags of the site can write one: it is a claim.
 */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import type { SiteFacts } from './azure-facts.ts';
import type { Release } from './release.ts';

/** Tags stay with the site at a swap, and do not restart it. */
export const RESCUE_TAG = 'slipway-rescue';

/** ARM's limit for the value of a tag. */
export const RESCUE_TAG_CHARS = 256;
const BY_CHARS = 64;

/** `rule-removed`: no rule of the slot was left. `swapped-back`: the volumes proved it, too. */
export type RescueDeed = 'rule-removed' | 'swapped-back';

export interface RescueRecord {
  /** By Azure's clock, milliseconds. */
  readonly at: number;
  readonly did: RescueDeed;
  /** Who says to have done it, as the tag names it. */
  readonly by: string | undefined;
  /** Percent of the rule that was removed; undefined: there was none. */
  readonly weight: number | undefined;
}

export type RescueReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: RescueRecord }
  /** Ignored: what it wants to say cannot be told. */
  | { readonly kind: 'broken'; readonly problem: string };

const TAG = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  did: z.enum(['rule-removed', 'swapped-back']),
  by: z.string().max(BY_CHARS).optional(),
  weight: z.number().min(0).max(100).optional(),
});

/** Reads the tag. @param now store time, milliseconds: a record from far ahead is a mistake. */
export function readRescue(tag: string | undefined, now: number): RescueReading {
  if (tag === undefined) return { kind: 'none' };
  if (tag.length > RESCUE_TAG_CHARS)
    return broken(`it has ${tag.length} characters, ${RESCUE_TAG_CHARS} are allowed`);
  const parsed = TAG.safeParse(jsonOf(tag));
  if (!parsed.success) return broken(z.prettifyError(parsed.error));
  const { did, by, weight } = parsed.data;
  const at = Date.parse(parsed.data.at);
  if (at > now + BOUNDS.rescueAheadMs) return broken(`it is from the future, ${parsed.data.at}`);
  return { kind: 'record', record: { at, did, by, weight } };
}

/** The record on the site that this release has not adopted: newer than its creation, and than the last. */
export function newRescue(
  release: Pick<Release, 'createdAt' | 'rescued'>,
  site: Pick<SiteFacts, 'rescueTag'> | undefined,
  now: number,
): RescueRecord | undefined {
  const reading = readRescue(site?.rescueTag, now);
  if (reading.kind !== 'record') return undefined;
  const { record } = reading;
  return record.at > Math.max(release.createdAt, release.rescued?.at ?? 0) ? record : undefined;
}

/** The text of the tag: at most 256 characters, ASCII (others are not safe in tags). */
export function writeRescue({ at, did, by, weight }: RescueRecord): string {
  const plain = by?.replaceAll(/[^ -~]|["\\]/g, '').slice(0, BY_CHARS);
  return JSON.stringify({
    v: 1,
    at: new Date(at).toISOString(),
    did,
    ...(plain === undefined || plain === '' ? {} : { by: plain }),
    ...(weight === undefined ? {} : { weight }),
  });
}

/** `rescue (rule-removed) by anna@example.com at 2026-01-05T12:00:00.000Z`, for people. */
export function describeRescue({ at, did, by }: RescueRecord): string {
  return `rescue (${did}) by ${by ?? 'somebody'} at ${new Date(at).toISOString()}`;
}

function broken(problem: string): RescueReading {
  return { kind: 'broken', problem: `the tag ${RESCUE_TAG} is ignored: ${problem}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
