import { sha256 } from './hash.ts';
import { siteIdOf, type Target } from './start-message.ts';

/** 2^44 ms is the year 2527: inverted times keep their 11 hex digits until then. */
const TIME_SPAN_MS = 2 ** 44;
const ID = /^[0-9a-f]{20}-[0-9a-f]{19}$/;
const APP_KEY = /^[0-9a-f]{20}$/;

/** 80 bits of SHA-256 of the lower-cased site id: a partition key of fixed length. */
export function appKeyOf(target: Target): string {
  return appKeyOfSiteId(siteIdOf(target));
}

export function appKeyOfSiteId(siteId: string): string {
  return sha256(siteId.toLowerCase()).slice(0, 20);
}

/**
 * Release id: app key (so the id finds its partition), inverted time (so lists sort newest first),
 * then 8 random hex digits from the caller.
 */
export function releaseIdOf(appKey: string, createdAt: number, random: string): string {
  const inverted = (TIME_SPAN_MS - 1 - Math.floor(createdAt)).toString(16).padStart(11, '0');
  return `${appKey}-${inverted}${random}`;
}

/** The creation's time, milliseconds since the epoch, which the id holds inverted. */
export function createdAtOf(releaseId: string): number {
  return TIME_SPAN_MS - 1 - Number.parseInt(releaseId.slice(21, 32), 16);
}

export function appKeyOfRelease(releaseId: string): string {
  return releaseId.slice(0, 20);
}

export function isReleaseId(text: string): boolean {
  return ID.test(text);
}

export function isAppKey(text: string): boolean {
  return APP_KEY.test(text);
}
