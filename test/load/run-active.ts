/** One world that grows: 10, 100, 1,000 active releases, the burst in the last step, readers at the end. */
import { appKeyOf } from '../../src/release/release-id.ts';
import { sha256 } from '../../src/release/hash.ts';
import { measureTurns, startApps, untilRamping, type ActiveFigures } from './active.ts';
import { firstKey, makeBurst, type Expected } from './burst.ts';
import type { LoadOptions } from './options.ts';
import { readFor, type ReaderFigures } from './readers.ts';
import { runBurst, type BurstFigures } from './run-burst.ts';
import { verify, type Found } from './verify.ts';
import { startWorld, type World } from './world.ts';

export interface ActiveRun {
  readonly active: readonly ActiveFigures[];
  readonly burst: BurstFigures | undefined;
  readonly readers: { readonly figures: ReaderFigures; readonly ticks: ActiveFigures } | undefined;
  readonly found: Found;
  /** Seconds until all releases of the last step ramped. */
  readonly rampedSeconds: number;
  readonly complaints: Readonly<Record<string, number>>;
}

const READ_EVERY_MS = 5_000;
const READ_IDS = 200;

export async function runActive(
  options: LoadOptions,
  say: (line: string) => void,
): Promise<ActiveRun> {
  const { only } = options;
  const apps = Math.max(...options.active);
  const { subscriptions, queryMs } = options;
  const world = await startWorld({ sites: apps, subscriptions, queryMs });
  try {
    await world.startHost();
    const steps = only.has('active') ? options.active : [apps];
    const active: ActiveFigures[] = [];
    let burst: BurstFigures | undefined;
    let expected = makeBurst(world.sites, { apps, taken: apps, total: 0 }).expected;
    let rampedSeconds = 0;
    let there = 0;
    for (const count of steps) {
      const startedMs = Date.now();
      if (count === apps && only.has('burst')) {
        say(`a burst of ${options.starts} starts for ${apps} apps, ${there} of them busy`);
        const run = await runBurst(world, { apps, taken: there, total: options.starts });
        ({ figures: burst, expected } = run);
      } else {
        await startApps(world, there, count);
      }
      await untilRamping(world, count);
      rampedSeconds = (Date.now() - startedMs) / 1_000;
      there = count;
      if (!only.has('active')) continue;
      const turns = count === apps ? 2 * options.turns : options.turns;
      say(`${count} releases ramp; ${turns} turns of the clock are measured`);
      active.push(await measureTurns(world, { active: count, turns }));
    }
    const readers = only.has('readers') ? await read(world, options, apps) : undefined;
    const found = await checked(world, expected);
    const complaints = Object.fromEntries(world.complaints);
    return { active, burst, readers, found, rampedSeconds, complaints };
  } finally {
    await world.stop();
  }
}

async function read(
  world: World,
  options: LoadOptions,
  apps: number,
): Promise<NonNullable<ActiveRun['readers']>> {
  const releaseIds = await someIds(world, Math.min(READ_IDS, apps));
  let figures: ReaderFigures | undefined;
  const ticks = await measureTurns(world, {
    active: apps,
    turns: 2,
    meanwhile: async () => {
      const { readers } = options;
      figures = await readFor(world, { readers, releaseIds, seconds: 60, everyMs: READ_EVERY_MS });
    },
  });
  if (figures === undefined) throw new Error('nobody has read');
  return { figures, ticks };
}

async function someIds(world: World, count: number): Promise<string[]> {
  const table = world.table('releases');
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const partition = appKeyOf(world.sites.target(index));
      const row = await table.getEntity(partition, `start:${sha256(firstKey(index))}`);
      return String(row.releaseId);
    }),
  );
}

/** Stands still first: rows that are read while they are written would contradict each other. */
async function checked(world: World, expected: Expected): Promise<Found> {
  await world.host.stop();
  return verify(world, expected);
}
