/** Releases that stand in their first step and are ticked every 30 s: brought there, then measured. */
import { setTimeout as wait } from 'node:timers/promises';

import { firstStart } from './burst.ts';
import { tickFigures, type TickFigures } from './turns.ts';
import type { World } from './world.ts';

export interface ActiveFigures extends TickFigures {
  /** Per release, over the span: what the platform's limits are compared with. */
  readonly armReadsPerSecond: number;
  readonly queriesPer30s: number;
  readonly rssMb: { readonly start: number; readonly end: number };
}

const LOOK_EVERY_MS = 1_000;
const TURN_MS = 30_000;
const BEFORE_TURN_MS = 3_000;
const HURRY_EVERY_MS = 5_000;
const READY_LIMIT_MS = 600_000;

export async function startApps(world: World, from: number, to: number): Promise<void> {
  const texts = Array.from({ length: to - from }, (_, index) =>
    firstStart(world.sites, from + index),
  );
  await world.send('releases', texts);
}

/**
 * Waits until so many apps have a rule of their release. The clock is turned by hand meanwhile: nobody
 * needs to see the checks before a ramp take two turns.
 */
export async function untilRamping(world: World, count: number): Promise<number> {
  const startedMs = Date.now();
  let hurriedMs = 0;
  while (world.sites.withRule() < count) {
    if (Date.now() > startedMs + READY_LIMIT_MS) {
      const found = JSON.stringify(Object.fromEntries(world.complaints));
      throw new Error(
        `${world.sites.withRule()} of ${count} releases ramp after ${READY_LIMIT_MS} ms; the host says: ${found}`,
      );
    }
    const quiet = (await world.waiting('ticks')) < count / 4;
    if (quiet && Date.now() > hurriedMs + HURRY_EVERY_MS) {
      await turnClock(world);
      hurriedMs = Date.now();
    }
    await wait(LOOK_EVERY_MS);
  }
  return Date.now() - startedMs;
}

/** Runs the timer function once, as the portal's "Test/Run" does. */
export async function turnClock({ host }: World): Promise<void> {
  const answer = await fetch(`${host.url}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': host.keys.master, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`the clock was not turned: ${answer.status}`);
}

/** Lets the clock have so many turns of its own; `meanwhile` runs beside. */
export async function measureTurns(
  world: World,
  options: {
    readonly active: number;
    readonly turns: number;
    readonly meanwhile?: () => Promise<void>;
  },
): Promise<ActiveFigures> {
  // From a moment before a turn, so that each turn is whole.
  await wait(TURN_MS - ((Date.now() + BEFORE_TURN_MS) % TURN_MS));
  const fromMs = Date.now();
  const before = { arm: world.sites.counts(), logs: world.logs.asked(), rss: rssMb(world) };
  const end = wait(options.turns * TURN_MS);
  await Promise.all([end, options.meanwhile?.()]);
  await wait(2_000);
  const seconds = (Date.now() - fromMs) / 1_000;
  const figures = tickFigures(world.meter.since(fromMs), options.active);
  return {
    ...figures,
    armReadsPerSecond: (world.sites.counts().reads - before.arm.reads) / seconds,
    queriesPer30s: ((world.logs.asked().queries - before.logs.queries) / seconds) * 30,
    rssMb: { start: before.rss, end: rssMb(world) },
  };
}

function rssMb(world: World): number {
  return Math.round(world.meter.memory().rssBytes / 2 ** 20);
}
