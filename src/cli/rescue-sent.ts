/**
 * The swap back that a rescue asks for, noted at the site before the POST: a rescue may end before the
 * proof, and a swap done twice brings the bad version in. Its record cannot tell: a later run renews it.
 */
import { z } from 'zod';
import { RESCUE_TAG_CHARS } from '../release/rescue-record.ts';
import type { Rescue } from './rescue.ts';
import type { SeenSite } from './rescue-look.ts';
import { mergeTag } from './rescue-tag.ts';

/** Read by `slipway rescue` only. */
export const SENT_TAG = 'slipway-rescue-swap';

/** A swap takes 1 to 20 minutes; what lands later than this was another one. */
const LANDS_WITHIN_MS = 60 * 60_000;

export interface Sent {
  /** By Azure's clock, milliseconds. */
  readonly at: number;
  /** The volume that it wants in production. */
  readonly to: string;
  /** The last swap before it, ISO 8601. */
  readonly lastSwap: string | undefined;
}

/** `landed`: production holds what was asked for. `unclear`: another swap landed, or it and more. */
export type Fate = 'landed' | 'not-landed' | 'unclear';

const TAG = z.strictObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  to: z.string().min(1),
  lastSwap: z.string().optional(),
});

/** Undefined: there is none that can be read. Names of tags compare without case. */
export function sentIn(tags: Readonly<Record<string, string>>): Sent | undefined {
  const text = Object.entries(tags).find(([name]) => name.toLowerCase() === SENT_TAG)?.[1];
  if (text === undefined || text.length > RESCUE_TAG_CHARS) return undefined;
  const parsed = TAG.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { at, to, lastSwap } = parsed.data;
  return { at: Date.parse(at), to, lastSwap };
}

/** Volumes change places at every swap, so the volume alone says nothing about swaps much later. */
export function fateOf(
  { at, to, lastSwap }: Sent,
  { production, swappedAt }: Pick<SeenSite, 'production' | 'swappedAt'>,
): Fate {
  const inTime = Date.parse(swappedAt ?? '') <= at + LANDS_WITHIN_MS;
  if (production.volume === to && inTime) return 'landed';
  return swappedAt === lastSwap ? 'not-landed' : 'unclear';
}

/** Right before the POST. False, and told: it could not be written; the swap is wanted all the same. */
export async function noteSent(
  run: Rescue,
  site: SeenSite,
  at: number | undefined,
): Promise<boolean> {
  const problem = at === undefined ? "Azure's time could not be read" : await write(run, site, at);
  if (problem === undefined) return true;
  run.say(`NOT NOTED at the site that a swap is asked for: ${problem}`);
  run.say(
    '  Should this end before the proof, do NOT run it again with --swap-back: look first. A second swap brings the bad version in.',
  );
  return false;
}

async function write(run: Rescue, site: SeenSite, at: number): Promise<string | undefined> {
  const { slot, swappedAt } = site;
  const tag = JSON.stringify({
    v: 1,
    at: new Date(at).toISOString(),
    to: slot.volume,
    ...(swappedAt === undefined ? {} : { lastSwap: swappedAt }),
  });
  if (tag.length > RESCUE_TAG_CHARS)
    return `the tag would have ${tag.length} characters, ${RESCUE_TAG_CHARS} are allowed`;
  return mergeTag(run, SENT_TAG, tag);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
