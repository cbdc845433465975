/** Waiting for a release, as somebody who looks at it over HTTP. */
import type { ReleaseSeen, SlipwayClient } from './slipway-client.ts';

/** The phases in which a release stays until somebody does something, or for good. */
const RESTING = ['paused', 'failed', 'succeeded', 'rolled-back', 'aborted', 'rejected'];

export interface WaitOptions {
  readonly slipway: SlipwayClient;
  /** Called after each look. */
  readonly onLook?: (release: ReleaseSeen) => Promise<void>;
  readonly limitMs?: number;
}

const LOOK_EVERY_MS = 400;

/**
 * Looks until it holds. Fails with where the release stands when it rests somewhere else or takes too
 * long.
 */
export async function waitUntil(
  id: string,
  holds: (release: ReleaseSeen) => boolean,
  { slipway, onLook, limitMs = 180_000 }: WaitOptions,
): Promise<ReleaseSeen> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const release = await slipway.release(id);
    if (holds(release)) return release;
    await onLook?.(release);
    if (RESTING.includes(release.phase)) return fail('rests', release, slipway);
    if (Date.now() > endMs) return fail(`is not there after ${limitMs} ms`, release, slipway);
    await pause(LOOK_EVERY_MS);
  }
}

async function fail(what: string, release: ReleaseSeen, slipway: SlipwayClient): Promise<never> {
  const rows = await slipway.audit(release.id);
  const story = rows.map(
    ({ at, action, to, reason, message }) => `${at} ${action} ${to} (${reason}): ${message}`,
  );
  const { phase, reason, message } = release;
  throw new Error(
    `release ${release.id} ${what} (${new Date().toISOString()}): ${phase}, ${reason}: ${message}\n${story.join('\n')}`,
  );
}

const EVENTUALLY_MS = 60_000;

/** Looks again and again until there is something: neither undefined nor false. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const endMs = Date.now() + EVENTUALLY_MS;
  for (;;) {
    const found = await look();
    if (isThere(found)) return found;
    if (Date.now() > endMs) throw new Error(`not within ${EVENTUALLY_MS} ms: ${what}`);
    await pause(LOOK_EVERY_MS / 4);
  }
}

function isThere<T>(found: T): found is Exclude<T, undefined | false> {
  return found !== undefined && found !== false;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
