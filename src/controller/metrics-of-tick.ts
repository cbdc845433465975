/** What a pass is measured by. */
import { SYSTEM } from '../release/draft.ts';
import { nextTickAt } from '../release/next-tick.ts';
import type { Release } from '../release/release.ts';
import { NO_METER, type Meter } from './ports/meter.ts';
import type { Loaded } from './ports/release-store.ts';
import type { Ports } from './ports.ts';

const SECOND_MS = 1_000;

export function meterOf({ meter }: Ports): Meter {
  return meter ?? NO_METER;
}

/**
 * When the pass that comes next was wanted, by what the last one left behind. Not by the row of `due`: the
 * clock moves it on at every turn, whether the tick that it sent arrives or not. Undefined: none is.
 */
export function wantedAt(ports: Ports, loaded: Loaded): number | undefined {
  const { release, plan } = loaded;
  const { limits } = ports;
  const context = { now: release.updatedAt, limits, plan, actor: SYSTEM, claimId: '' };
  return nextTickAt(release, context);
}

/** A pass that comes before its time was asked for by a command. */
export function measureLag(ports: Ports, loaded: Loaded): void {
  const wanted = wantedAt(ports, loaded);
  if (wanted === undefined) return;
  meterOf(ports).record('slipway.tick.lag', Math.max(0, ports.clock.now() - wanted) / SECOND_MS);
}

/** A verdict is told once, when it is new. */
export function countVerdict(ports: Ports, before: Release, after: Release): void {
  const { verdict } = after;
  if (verdict === undefined || verdict.at === before.verdict?.at) return;
  meterOf(ports).count('slipway.verdicts', { 'slipway.verdict.outcome': verdict.outcome });
}

/** Deliveries that were given up, one a notice and receiver, as the row says. */
export function givenUpIn({ told, untold }: Release): number {
  if (told === undefined) return untold?.givenUp ?? 0;
  return Object.values(told).reduce((sum, one) => sum + (one.untold?.givenUp ?? 0), 0);
}

/** @returns how many were given up between the two */
export function countGivenUp(ports: Ports, before: Release, after: Release): number {
  const more = Math.max(0, givenUpIn(after) - givenUpIn(before));
  for (let n = 0; n < more; n += 1) meterOf(ports).count('slipway.notices.given_up');
  return more;
}

/** Runs a pass and takes its time. */
export async function timed<T>(ports: Ports, work: () => Promise<T>): Promise<T> {
  const from = ports.clock.now();
  try {
    return await work();
  } finally {
    const seconds = (ports.clock.now() - from) / SECOND_MS;
    meterOf(ports).record('slipway.tick.duration', seconds);
  }
}
