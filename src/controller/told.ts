/** How far every receiver of notices is with a release: what the row says, and what is written next. */
import { BOUNDS } from '../limits.ts';
import type { Release, Told, ToldByName } from '../release/release.ts';
import type { Notifier, Receiver } from './ports/notifier.ts';

/**
 * What the one webhook is called that the settings SLIPWAY_WEBHOOK_… name. Rows from before there were
 * several receivers are about it alone (`notifiedSeq`, `untold`).
 */
export const ONLY_WEBHOOK = 'webhook';

/** A receiver that is there when a release begins hears of all of it. */
export function toldAtBirth(notifier: Notifier | undefined): ToldByName {
  return Object.fromEntries((notifier?.receivers ?? []).map(({ name }) => [name, { seq: 0 }]));
}

/**
 * Where a receiver stands. One that the release does not know begins at the present; it would else be
 * flooded with what happened before it was there.
 */
export function toldOf(release: Release, name: string): Told {
  const { told, sequence, notifiedSeq, untold } = release;
  if (told === undefined && name === ONLY_WEBHOOK) return { seq: notifiedSeq, untold };
  return (isKnown(release, { name }) ? told?.[name] : undefined) ?? { seq: sequence };
}

/** Whether the row says where the receiver stands. */
export function isKnown(release: Release, { name }: Pick<Receiver, 'name'>): boolean {
  return release.told !== undefined && Object.hasOwn(release.told, name);
}

/**
 * The release with newer places of some receivers, never older ones; undefined when that is no news.
 * Receivers that are gone keep their place, in case that they come back, or that another instance has
 * other settings for some minutes; what failed there is nobody's trouble any more.
 */
export function withTold(
  release: Release,
  receivers: readonly Receiver[],
  changes: ToldByName,
): Release | undefined {
  const present = receivers.map((receiver): [string, Told] => {
    const { name } = receiver;
    const before = toldOf(release, name);
    const after = Object.hasOwn(changes, name) ? changes[name] : undefined;
    return [name, after !== undefined && isNewer(after, before) ? after : before];
  });
  const isNews = ([name, told]: [string, Told]): boolean =>
    !isKnown(release, { name }) || told !== release.told?.[name];
  if (!present.some(isNews)) return undefined;
  const names = new Set(present.map(([name]) => name));
  const gone = Object.entries(release.told ?? {})
    .filter(([name]) => !names.has(name))
    .toSorted(([, one], [, other]) => other.seq - one.seq)
    .slice(0, Math.max(0, BOUNDS.receiversKept - present.length))
    .map(([name, { seq }]): [string, Told] => [name, { seq }]);
  const least = Math.min(...present.map(([, { seq }]) => seq));
  return {
    ...release,
    told: Object.fromEntries([...gone, ...present]),
    notifiedSeq: Math.max(release.notifiedSeq, least),
    untold: undefined,
  };
}

function isNewer(after: Told, before: Told): boolean {
  if (after.seq !== before.seq) return after.seq > before.seq;
  return after.untold?.retryAt !== before.untold?.retryAt;
}
