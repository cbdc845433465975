/** Whether a swap back is right, wrong, done already, or for a person to say. */
import { describeRescue } from '../release/rescue-record.ts';
import type { Seen, SeenSite } from './rescue-look.ts';
import { fateOf } from './rescue-sent.ts';
import { stillTrue } from './rescue-tag.ts';

export type Verdict =
  /** `doubt`: what a person has to know, and a script may not decide. */
  | { readonly kind: 'swap'; readonly doubt: string | undefined }
  /** An earlier run asked for it and did not see it land. */
  | { readonly kind: 'done'; readonly how: string }
  | { readonly kind: 'refused'; readonly why: string };

/** An older rescue was about another version: it casts no doubt any more. */
const DOUBT_MS = 24 * 60 * 60_000;

/**
 * Nothing here says which version is good, so what can only be wrong is refused.
 * @param before as the site was when the rescue began: since then it has renewed the record
 * @param site as it is now, with no operation running
 */
export function judgeSwap(before: Seen, site: SeenSite): Verdict {
  const why = impossible(site) ?? underTest(before, site) ?? swappedBack(before, site);
  if (why !== undefined) return { kind: 'refused', why };
  const sent = unsettled(before);
  if (sent !== undefined && fateOf(sent, site) === 'landed') {
    const how = `an earlier run asked at ${iso(sent.at)} for volume ${sent.to} in production, and there it is since the swap of ${site.swappedAt ?? 'then'}`;
    return { kind: 'done', how };
  }
  return { kind: 'swap', doubt: doubtOf(before, site) };
}

function impossible({ production, slot, swappedAt, preview }: SeenSite): string | undefined {
  if (production.volume === slot.volume)
    return `production and the slot both report the volume ${slot.volume}: an earlier swap ended half-way; look at the app first`;
  if (preview !== undefined)
    return 'a swap with preview is pending; complete or cancel it first (az webapp deployment slot swap --action reset)';
  if (swappedAt === undefined)
    return 'the slot was never swapped, so production holds what it always held';
  return undefined;
}

function underTest(before: Seen, site: SeenSite): string | undefined {
  if (landedMeanwhile(before, site)) return undefined;
  const weight = Math.max(before.own?.weight ?? 0, stillTrue(before)?.weight ?? 0);
  return weight > 0
    ? 'it was given visitors by a rule, so the version under test is still in the slot and a swap would bring it INTO production'
    : undefined;
}

function swappedBack(before: Seen, site: SeenSite): string | undefined {
  const earlier = landedMeanwhile(before, site) ? undefined : stillTrue(before);
  return earlier?.did === 'swapped-back'
    ? `it was swapped back already, at ${iso(earlier.at)}; a second swap would bring the bad version in again`
    : undefined;
}

/** The swap back that was asked for and not proven: a record of it, later than the note, settles it. */
function unsettled({ sent, record }: Seen): Seen['sent'] {
  if (sent === undefined || (record?.did === 'swapped-back' && record.at >= sent.at))
    return undefined;
  return sent;
}

function doubtOf(before: Seen, site: SeenSite): string | undefined {
  const swap = `a swap landed at ${site.swappedAt ?? 'an unknown time'}`;
  const maybe =
    'it may have been the way back already, and a second one would bring the bad version in again';
  if (before.site === undefined || before.tagsUnread)
    return `it could not be read whether an earlier rescue swapped back: ${maybe}`;
  // A promotion that ran when the rescue began, or just as well the way back from one.
  if (landedMeanwhile(before, site)) return `another swap landed meanwhile: ${maybe}`;
  const sent = unsettled(before);
  if (sent !== undefined && isRecent(before, sent.at) && fateOf(sent, site) === 'unclear')
    return `${swap}, after the swap back that an earlier rescue asked for at ${iso(sent.at)}: ${maybe}`;
  const { record } = before;
  const older = record !== undefined && Date.parse(site.swappedAt ?? '') > record.at;
  return older && isRecent(before, record.at)
    ? `${swap}, after the ${describeRescue(record)}: ${maybe}`
    : undefined;
}

function landedMeanwhile(before: Seen, { swappedAt }: SeenSite): boolean {
  return before.site !== undefined && before.site.swappedAt !== swappedAt;
}

function isRecent({ at }: Seen, thenMs: number): boolean {
  return at === undefined || at - thenMs <= DOUBT_MS;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
