/** Sends the burst and waits until every message was worked on. */
import { setTimeout as wait } from 'node:timers/promises';

import { makeBurst, type Expected } from './burst.ts';
import { ticksOf } from './meter.ts';
import { percentiles, type Percentiles } from './turns.ts';
import type { World } from './world.ts';

export interface BurstFigures {
  readonly messages: number;
  readonly apps: number;
  readonly sendSeconds: number;
  /** From the first message to the end of the last start. */
  readonly drainSeconds: number;
  readonly startsPerSecond: number;
  readonly startMs: Percentiles;
  /** Starts that failed and came again. */
  readonly repeatedDeliveries: number;
  /** Ticks meanwhile: they share host and storage with the burst. */
  readonly ticks: number;
  readonly tickMs: Percentiles;
}

const DRAIN_LIMIT_MS = 30 * 60_000;
const LOOK_EVERY_MS = 1_000;

export async function runBurst(
  world: World,
  options: { readonly apps: number; readonly taken: number; readonly total: number },
): Promise<{ readonly figures: BurstFigures; readonly expected: Expected }> {
  const { messages, expected } = makeBurst(world.sites, options);
  const fromMs = Date.now();
  await world.send('releases', messages);
  const sendSeconds = (Date.now() - fromMs) / 1_000;
  await untilDrained(world, fromMs);
  // The host reports once a second.
  await wait(2_000);
  const span = world.meter.since(fromMs);
  const starts = span.invocations.filter(({ name }) => name === 'releases');
  const endMs = Math.max(...starts.map(({ atMs, tookMs }) => atMs + tookMs));
  const drainSeconds = (endMs - fromMs) / 1_000;
  const ticks = ticksOf(span);
  return {
    expected,
    figures: {
      messages: messages.length,
      apps: options.apps,
      ...{ sendSeconds, drainSeconds },
      startsPerSecond: starts.length / drainSeconds,
      startMs: percentiles(starts.map(({ tookMs }) => tookMs)),
      repeatedDeliveries: starts.filter(({ failed }) => failed === true).length,
      ticks: ticks.length,
      tickMs: percentiles(ticks.map(({ tookMs }) => tookMs)),
    },
  };
}

async function untilDrained(world: World, fromMs: number): Promise<void> {
  while ((await world.waiting('releases')) + (await world.waiting('releasesPoison')) > 0) {
    if (Date.now() > fromMs + DRAIN_LIMIT_MS)
      throw new Error(`the burst was not worked off within ${DRAIN_LIMIT_MS} ms`);
    await wait(LOOK_EVERY_MS);
  }
}
