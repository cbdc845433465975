/**
 * The platform's own limits, enforced: all releases in one subscription and one workspace, Log Analytics
 * refusing what Azure refuses. Nobody may be starved: every release's facts must be renewed in turn.
 */
import { releaseOf } from '../../src/adapters/store/release-rows.ts';
import { asRow } from '../../src/adapters/store/table-query.ts';
import { measureTurns, startApps, untilRamping, type ActiveFigures } from './active.ts';
import { percentile } from './meter.ts';
import { siteName } from './sites.ts';
import { startWorld, type World } from './world.ts';

export interface LimitFigures {
  readonly active: number;
  readonly ticks: ActiveFigures;
  readonly queriesPer30s: number;
  readonly queriesRefusedPer30s: number;
  readonly armReadsPerSecond: number;
  readonly armRefusedPerSecond: number;
  /** Since each release's counts, and its rules, were last read. */
  readonly countsAgeSeconds: Ages;
  /** Releases whose counts were never answered, so they have no age. */
  readonly neverCounted: number;
  readonly rulesAgeSeconds: Ages;
}

interface Ages {
  readonly median: number;
  readonly most: number;
}

export interface LimitOptions {
  readonly active: number;
  readonly turns: number;
  readonly queryMs: number;
  readonly say: (line: string) => void;
}

export async function measureLimits(options: LimitOptions): Promise<LimitFigures> {
  const { active, turns, queryMs, say } = options;
  const world = await startWorld({ sites: active, subscriptions: 1, queryMs, lenient: true });
  try {
    await world.startHost();
    await startApps(world, 0, active);
    const ms = await untilRamping(world, active);
    say(
      `${active} releases of one subscription ramp after ${(ms / 1_000).toFixed(0)} s; ${turns} turns`,
    );
    world.sites.enforce();
    world.logs.enforce();
    const before = { arm: world.sites.counts(), logs: world.logs.asked(), atMs: Date.now() };
    const ticks = await measureTurns(world, { active, turns });
    const seconds = (Date.now() - before.atMs) / 1_000;
    const [arm, logs] = [world.sites.counts(), world.logs.asked()];
    return {
      active,
      ticks,
      queriesPer30s: ((logs.queries - before.logs.queries) / seconds) * 30,
      queriesRefusedPer30s: ((logs.throttled - before.logs.throttled) / seconds) * 30,
      armReadsPerSecond: (arm.reads - before.arm.reads) / seconds,
      armRefusedPerSecond: (arm.throttled - before.arm.throttled) / seconds,
      countsAgeSeconds: ages(countsAges(world, active)),
      neverCounted: active - countsAges(world, active).length,
      rulesAgeSeconds: ages(await rulesAges(world)),
    };
  } finally {
    await world.stop();
  }
}

function countsAges({ logs }: World, active: number): number[] {
  return Array.from({ length: active }, (_, index) => logs.lastCounts.get(siteName(index)))
    .filter((at) => at !== undefined)
    .map((at) => Date.now() - at);
}

async function rulesAges(world: World): Promise<number[]> {
  const found: number[] = [];
  const filter = "phase eq 'ramping'";
  for await (const entity of world.table('releases').listEntities({ queryOptions: { filter } })) {
    found.push(Date.now() - (releaseOf(asRow(entity)).seen.rulesAt ?? 0));
  }
  return found;
}

function ages(valuesMs: readonly number[]): Ages {
  return { median: percentile(valuesMs, 0.5) / 1_000, most: Math.max(0, ...valuesMs) / 1_000 };
}
