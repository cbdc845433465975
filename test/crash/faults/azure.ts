/** ARM and Log Analytics break: what cannot be seen is never good, and what was asked is asked once. */
import type { Release } from '../../../src/release/release.ts';
import { BLUE_GREEN, CANARY } from '../plans.ts';
import { atFirstStep, inPhase, isWrite, IN_FLIGHT_MS, type Bench, type Scenario } from './bench.ts';

/** Ten minutes at the time scale. */
const THROTTLED_MS = 30_000;
const RETRY_AFTER_SECONDS = 4;
/** An hour at the time scale. */
const BLIND_MS = 180_000;
/** Slipway gives a write up after 2 s at the time scale. */
const TOO_LATE_MS = 3_000;

const THROTTLED = {
  kind: 'answer',
  status: 429,
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  body: { error: { code: 'SubscriptionRequestsThrottled', message: 'Too many requests.' } },
} as const;

const DOWN = {
  kind: 'answer',
  status: 503,
  body: { error: { code: 'ServiceUnavailable', message: 'Down.' } },
} as const;

function swapsAsked(bench: Bench, most: number): readonly string[] {
  const posts = bench.written(0).filter((change) => change.includes('slotsswap'));
  return posts.length <= most ? [] : [`${posts.length} swaps were accepted, ${most} are right`];
}

export const AZURE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'ARM throttles for minutes',
    expected: 'nothing is done meanwhile, a harmful version goes as soon as ARM takes calls',
    sites: 2,
    play: async (bench) => {
      const all = [bench.begin({ kind: 'good' }, 0), bench.begin({ kind: 'bad' }, 1)];
      await Promise.all(all.map((one) => one.until(inPhase('ramping'))));
      bench.fault(['arm'], THROTTLED);
      await bench.pause(THROTTLED_MS);
      bench.heal();
      await Promise.all(all.map(({ story }) => story));
      return swapsAsked(bench, 1);
    },
  },
  {
    name: 'ARM answers 503 while it swaps',
    expected: 'the swap is found done by the volumes, one POST',
    sites: 1,
    play: async (bench) => {
      const running = bench.begin({ kind: 'blue-green' });
      await running.until(({ intent }) => intent?.kind === 'swap');
      bench.fault(['arm'], DOWN);
      await bench.pause(THROTTLED_MS / 2);
      bench.heal();
      await running.story;
      return swapsAsked(bench, 1);
    },
  },
  {
    name: 'ARM answers writes after the caller has given up',
    expected: 'reads settle what was written, nothing is asked twice that was done',
    sites: 2,
    play: async (bench) => {
      bench.fault(['arm'], { kind: 'late-answer', delayMs: TOO_LATE_MS }, { of: isWrite });
      const all = [bench.begin({ kind: 'good' }, 0), bench.begin({ kind: 'blue-green-bad' }, 1)];
      await Promise.all(all.map(({ story }) => story));
      return swapsAsked(bench, 3);
    },
  },
  {
    name: 'writes reach ARM after the caller has given up',
    expected: 'as if the answer had been late',
    sites: 2,
    play: async (bench) => {
      bench.fault(['arm'], { kind: 'slow', delayMs: TOO_LATE_MS }, { of: isWrite });
      const all = [bench.begin({ kind: 'good' }, 0), bench.begin({ kind: 'bad' }, 1)];
      await Promise.all(all.map(({ story }) => story));
      return swapsAsked(bench, 1);
    },
  },
  {
    name: 'Log Analytics is down for an hour',
    expected: 'frozen, or what the plan says when it is blind too long; never an advance',
    sites: 4,
    play: downForAnHour,
  },
];

async function downForAnHour(bench: Bench): Promise<readonly string[]> {
  // Long enough that all are still there when the last one is.
  const steps = CANARY.steps.map((step) => ({ ...step, bake: '25s' }));
  const blind = { ...CANARY, steps, maxBlind: '10s' };
  const stopFor = ['telemetry-unavailable', 'no-data'] as const;
  const all = [
    bench.begin({ kind: 'good', plan: { ...CANARY, steps } }, 0),
    bench.begin({ kind: 'good', plan: { ...blind, onBlind: 'pause' }, may: { stopFor } }, 1),
    bench.begin(
      {
        kind: 'good',
        plan: { ...blind, onBlind: 'roll-back' },
        may: { stopFor, end: ['rolled-back'] },
      },
      2,
    ),
    bench.begin({ kind: 'blue-green', plan: { ...BLUE_GREEN, watch: '60s', maxBlind: '10s' } }, 3),
  ];
  await Promise.all(
    all.map((one, index) => one.until(index < 3 ? atFirstStep : inPhase('watching'))),
  );
  bench.fault(['logs'], DOWN);
  await bench.pause(IN_FLIGHT_MS);
  const before = await releases(bench, all.slice(0, 2));
  await bench.pause(BLIND_MS);
  const after = await releases(bench, all.slice(0, 2));
  bench.heal();
  const stories = await Promise.all(all.map(({ story }) => story));
  const stage = stories[3]?.end?.stage;
  return [
    ...after.flatMap((now, index) => advanced(before[index], now)),
    ...(stage?.phase === 'succeeded' && !stage.watched
      ? []
      : ['a watch without telemetry is not marked as not watched']),
  ];
}

async function releases(
  bench: Bench,
  all: readonly { readonly site: string }[],
): Promise<readonly (Release | undefined)[]> {
  return Promise.all(
    all.map(async ({ site }) => {
      const app = await bench.world.slipway.app(bench.world.site(site).siteId);
      const id = app.active?.id;
      return id === undefined
        ? undefined
        : (await bench.world.store.releaseStore.load(id))?.release;
    }),
  );
}

/** Blind releases stay at their weight: paused or frozen, never further. */
function advanced(before: Release | undefined, now: Release | undefined): readonly string[] {
  if (before === undefined || now === undefined) return ['a blind release ended'];
  return now.weight > before.weight || now.wantedWeight > before.wantedWeight
    ? [`release ${now.id} went from ${before.weight} % to ${now.wantedWeight} % while blind`]
    : [];
}
