/**
 * What Slipway's work costs when thousands of releases have ended before: their number must not matter.
 * Half of them lie in many apps, the other half in one, and all in the catalog's newest month.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { sha256 } from '../../src/release/hash.ts';
import { appKeyOf } from '../../src/release/release-id.ts';
import { untilRamping } from './active.ts';
import { firstKey } from './burst.ts';
import { ticksOf } from './meter.ts';
import { LONG_PLAN, startMessage } from './plan.ts';
import { percentiles, type Percentiles } from './turns.ts';
import { startWorld, type World } from './world.ts';

export interface HistoryStage {
  readonly finished: number;
  readonly rows: number;
  readonly azuriteRssMb: number;
  /** Milliseconds, and table rows that were walked over for each call. */
  readonly calls: Readonly<Record<string, Cost>>;
}

export interface Cost extends Percentiles {
  readonly rowsWalked: number;
}

export interface HistoryOptions {
  readonly finished: readonly number[];
  readonly active: number;
  /** Calls of each kind. */
  readonly calls: number;
  readonly queryMs: number;
  readonly say: (line: string) => void;
}

/** Site 0 gets half of the history; the last one the release that is copied. */
const HOT = 0;
const DAY_MS = 24 * 3_600_000;
/** So that 100,000 lie within a day. */
const CLONE_EVERY_MS = 800;
const CLONES_AT_ONCE = 5_000;
const OTHER_APPS = 5_000;
/** A bin a second, so that each tick by message has something to read; for hours they would be too many. */
const PLAN = {
  ...LONG_PLAN,
  ...{ steps: [{ weight: 5, bake: '1h' }], deadline: '2h', maxBlind: '1h' },
  analysis: { ...LONG_PLAN.analysis, interval: '1s' },
};

export async function measureHistory(options: HistoryOptions): Promise<HistoryStage[]> {
  const stages = options.finished.length;
  // For each stage fresh apps to start.
  const sites = options.active + stages * options.calls + 1;
  const { queryMs } = options;
  const world = await startWorld({ sites, subscriptions: 20, queryMs, clock: 'never' });
  try {
    await world.startHost();
    const template = await finishOne(world, sites - 1);
    const texts = Array.from({ length: options.active }, (_, index) => started(world, index));
    await world.send('releases', texts);
    await untilRamping(world, options.active);
    const ids = await activeIds(world, options.active);
    const measured: HistoryStage[] = [];
    let there = 0;
    for (const [index, finished] of options.finished.entries()) {
      if (finished > there) await clone(world, { template, there, finished, stages: index });
      there = finished;
      options.say(`${finished} finished releases are there`);
      const fresh = options.active + index * options.calls;
      measured.push(await measureStage(world, { calls: options.calls, finished, ids, fresh }));
    }
    return measured;
  } finally {
    await world.stop();
  }
}

function started(world: World, index: number): string {
  return startMessage({ target: world.sites.target(index), key: firstKey(index), plan: PLAN });
}

/** A release of three audit rows: created, checked, rejected because of a wrong baseline. */
async function finishOne(world: World, site: number): Promise<string> {
  const target = world.sites.target(site);
  const order = { target, key: 'template', baselineVersion: '9.9.9' };
  await world.send('releases', [startMessage(order)]);
  const id = await releaseOf(world, appKeyOf(target), 'template');
  for (;;) {
    const row = await world.table('releases').getEntity(appKeyOf(target), `${id}:0`);
    if (row.phase === 'rejected') {
      if (row.sequence !== 3)
        throw new Error(`the template has ${String(row.sequence)} audit rows`);
      return id;
    }
    await world.send('ticks', [JSON.stringify({ release: id })]);
    await wait(1_000);
  }
}

async function releaseOf(world: World, appKey: string, key: string): Promise<string> {
  for (;;) {
    try {
      const row = await world.table('releases').getEntity(appKey, `start:${sha256(key)}`);
      return String(row.releaseId);
    } catch {
      await wait(300);
    }
  }
}

async function activeIds(world: World, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      releaseOf(world, appKeyOf(world.sites.target(index)), firstKey(index)),
    ),
  );
}

async function clone(
  world: World,
  order: { template: string; there: number; finished: number; stages: number },
): Promise<void> {
  const more = order.finished - order.there;
  const half = Math.ceil(more / 2);
  const others = Array.from({ length: OTHER_APPS }, (_, index) =>
    sha256(`other ${index}`).slice(0, 20),
  );
  const hot = appKeyOf(world.sites.target(HOT));
  // Each stage's copies lie within a day of its own, so that ids do not repeat.
  const newestMs = Date.now() - (order.stages + 1) * DAY_MS;
  const copies = { world, releaseId: order.template, newestMs };
  await cloneInParts({ ...copies, appKeys: [hot], count: half });
  await cloneInParts({ ...copies, appKeys: others, count: more - half });
}

/** One request for all would be given up before it is answered, on a machine that is busy. */
async function cloneInParts(order: {
  readonly world: World;
  readonly releaseId: string;
  readonly appKeys: readonly string[];
  readonly count: number;
  readonly newestMs: number;
}): Promise<void> {
  const { world, count, newestMs, ...common } = order;
  for (let done = 0; done < count; done += CLONES_AT_ONCE) {
    await world.door.clone({
      ...common,
      count: Math.min(CLONES_AT_ONCE, count - done),
      newestMs: newestMs - done * CLONE_EVERY_MS,
      everyMs: CLONE_EVERY_MS,
    });
  }
}

interface StageInput {
  /** Calls of each kind. */
  readonly calls: number;
  readonly finished: number;
  /** Of the releases that ramp; the first is the hot app's. */
  readonly ids: readonly string[];
  readonly fresh: number;
}

async function measureStage(world: World, input: StageInput): Promise<HistoryStage> {
  const { ids, calls: count, fresh } = input;
  const [hotId = '', ...otherIds] = ids;
  const hotKey = hotId.slice(0, 20);
  const get = (name: string, path: (index: number) => string): Promise<[string, Cost]> =>
    callMany(world, { name, count, call: (index) => call(world, 'GET', path(index)) });
  const calls = [
    await tickMany(world, 'tick', { ids: otherIds, count }),
    await tickMany(world, 'tick in the full app', { ids: [hotId], count: Math.ceil(count / 2) }),
    await callMany(world, {
      name: 'start',
      count,
      call: (index) => post(world, { site: fresh + index, key: `fresh-${fresh + index}` }),
    }),
    await callMany(world, {
      name: 'start in the full app (busy)',
      count,
      call: (index) => post(world, { site: HOT, key: `hot-${fresh + index}` }),
    }),
    await get('GET release', (index) => `releases/${ids[index % ids.length] ?? ''}`),
    await get('GET audit', () => `releases/${hotId}/audit`),
    await get('GET app (full)', () => `apps/${hotKey}`),
    await get('list, 50', () => 'releases?max=50'),
    await get('list of the full app, 20', () => `releases?app=${hotKey}&max=20`),
    await get('list of an app with one', () => `releases?app=${otherIds[0]?.slice(0, 20) ?? ''}`),
    await get('list by key', (index) => `releases?key=${firstKey(1 + (index % otherIds.length))}`),
    await get('list by phase, 20', () => 'releases?phase=ramping&max=20'),
  ];
  const { tables, rssBytes } = await world.door.sizes();
  return {
    finished: input.finished,
    rows: Object.values(tables).reduce((sum, table) => sum + table.rows, 0),
    azuriteRssMb: Math.round(rssBytes / 2 ** 20),
    calls: Object.fromEntries(calls),
  };
}

interface Kind {
  readonly name: string;
  readonly count: number;
  readonly call: (index: number) => Promise<void>;
}

/** One after the other: what one call costs, not what the machine can do. */
async function callMany(world: World, kind: Kind): Promise<[string, Cost]> {
  const took: number[] = [];
  // The first one makes connections.
  await kind.call(0);
  const before = await walked(world);
  for (let index = 1; index < kind.count; index += 1) {
    const startedMs = performance.now();
    await kind.call(index);
    took.push(performance.now() - startedMs);
  }
  const rowsWalked = ((await walked(world)) - before) / took.length;
  return [kind.name, { ...percentiles(took), rowsWalked: Math.round(rowsWalked) }];
}

/** Ticks by message, measured in the host; each release's next bins need a second. */
async function tickMany(
  world: World,
  name: string,
  { ids, count }: { readonly ids: readonly string[]; readonly count: number },
): Promise<[string, Cost]> {
  const fromMs = Date.now();
  const before = await walked(world);
  const rounds = Math.ceil(count / ids.length);
  for (let round = 0; round < rounds; round += 1) {
    await wait(1_100);
    await world.send(
      'ticks',
      ids.map((release) => JSON.stringify({ release })),
    );
  }
  while ((await world.waiting('ticks')) > 0) await wait(500);
  // The host reports once a second.
  await wait(2_500);
  const ticks = ticksOf(world.meter.since(fromMs));
  const rowsWalked = ((await walked(world)) - before) / Math.max(1, ticks.length);
  return [
    name,
    { ...percentiles(ticks.map(({ tookMs }) => tookMs)), rowsWalked: Math.round(rowsWalked) },
  ];
}

async function walked(world: World): Promise<number> {
  const { tables } = await world.door.sizes();
  return Object.values(tables).reduce((sum, table) => sum + table.walked, 0);
}

async function call(world: World, method: string, path: string, body?: string): Promise<void> {
  const { url, keys } = world.host;
  const answer = await fetch(`${url}/api/${path}`, {
    method,
    headers: { 'x-functions-key': keys.host },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  // A busy app refuses, and leaves a rejected release: that is what is measured there.
  if (!answer.ok && answer.status !== 409) throw new Error(`${method} ${path}: ${text}`);
}

function post(world: World, { site, key }: { site: number; key: string }): Promise<void> {
  return call(
    world,
    'POST',
    'releases',
    startMessage({ target: world.sites.target(site), key, plan: PLAN }),
  );
}
