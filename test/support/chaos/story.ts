/** What a seed stands for: the releases, who meddles when, and how unreliable everything is. */
import { COMMANDS, type CommandKind } from '../../../src/release/event.ts';
import { type Prng, createPrng } from './prng.ts';

const MINUTE = 60_000;
const SECOND = 1_000;

/** Chances per call, 0-1. */
export interface Rates {
  readonly crash: number;
  readonly stall: number;
  readonly arm: number;
  /** Of the writes to ARM: the client gives up, the change arrives minutes later. */
  readonly armLate: number;
  readonly store: number;
  readonly telemetry: number;
  readonly probe: number;
  readonly tickLost: number;
  readonly tickTwice: number;
  readonly tickLate: number;
}

export interface Outage {
  readonly of: 'store' | 'arm' | 'telemetry';
  readonly fromMs: number;
  readonly toMs: number;
}

export type Act =
  | { readonly kind: 'start'; readonly plan: unknown; readonly twice: boolean }
  | {
      readonly kind: 'command';
      readonly command: CommandKind;
      readonly choice: 'adopt' | 'reapply' | undefined;
    }
  | { readonly kind: 'rules-by-hand'; readonly weight: number; readonly own: boolean }
  | { readonly kind: 'deploy'; readonly place: 'production' | 'slot' }
  | { readonly kind: 'swap-by-hand'; readonly times: 1 | 2 }
  | { readonly kind: 'next-swap'; readonly outcome: SwapFate }
  | { readonly kind: 'turns-bad' }
  | { readonly kind: 'falls-silent' }
  | { readonly kind: 'lag'; readonly lagMs: number };

export type SwapFate = 'slow' | 'fail' | 'half-fail' | 'hang' | 'mixed';

export interface TimedAct {
  readonly atMs: number;
  readonly act: Act;
}

/** All times are milliseconds since the beginning of the story. */
export interface Story {
  readonly seed: number;
  readonly ratePerMinute: number;
  /** The new versions fail 50 times as often as the old ones, from the beginning. */
  readonly harmful: boolean;
  readonly rates: Rates;
  readonly outages: readonly Outage[];
  readonly acts: readonly TimedAct[];
  /** Faults and people act until then; afterwards everything works and nobody touches anything. */
  readonly chaosMs: number;
}

export const NO_FAULTS: Rates = {
  crash: 0,
  stall: 0,
  arm: 0,
  armLate: 0,
  store: 0,
  telemetry: 0,
  probe: 0,
  tickLost: 0,
  tickTwice: 0,
  tickLate: 0,
};

export function createStory(seed: number): Story {
  const prng = createPrng(seed);
  const chaosMs = prng.int(60, 150) * MINUTE;
  // Some stories are loud, most have a few faults, some only people.
  const loudness = prng.pick([0, 0.2, 0.5, 1, 1, 2]);
  return {
    seed,
    ratePerMinute: prng.pick([6_000, 6_000, 3_000, 300]),
    harmful: prng.chance(0.25),
    rates: makeRates(prng, loudness),
    outages: makeOutages(prng, chaosMs),
    acts: [...makeStarts(prng, chaosMs), ...makeActs(prng, chaosMs)].sort(
      (a, b) => a.atMs - b.atMs,
    ),
    chaosMs,
  };
}

function makeRates(prng: Prng, loudness: number): Rates {
  const upTo = (most: number): number => (prng.chance(0.7) ? prng.next() * most * loudness : 0);
  return {
    crash: upTo(0.01),
    stall: upTo(0.02),
    arm: upTo(0.1),
    armLate: upTo(0.3),
    store: upTo(0.04),
    telemetry: upTo(0.1),
    probe: upTo(0.03),
    tickLost: upTo(0.2),
    tickTwice: upTo(0.4),
    tickLate: upTo(0.2),
  };
}

function makeOutages(prng: Prng, chaosMs: number): readonly Outage[] {
  return Array.from({ length: prng.pick([0, 0, 1, 2]) }, () => {
    const fromMs = prng.int(0, chaosMs);
    return {
      of: prng.pick(['store', 'arm', 'telemetry']),
      fromMs,
      toMs: Math.min(chaosMs, fromMs + prng.int(1, 15) * MINUTE),
    };
  });
}

function makeStarts(prng: Prng, chaosMs: number): TimedAct[] {
  const count = prng.int(1, 3);
  return Array.from({ length: count }, (_, index) => ({
    atMs: index === 0 ? 5 * SECOND : prng.int(MINUTE, chaosMs),
    act: { kind: 'start', plan: makePlan(prng), twice: prng.chance(0.2) } as const,
  }));
}

/** Short waits, so that a story reaches its end; the rest of the plan is anything that is allowed. */
function makePlan(prng: Prng): unknown {
  const blueGreen = prng.chance(0.2);
  const weights = prng.pick([[10, 50], [5, 25, 50], [20], [1, 50]]);
  const validate = [{ http: { path: '/health', every: '10s', passes: 2 } }];
  return {
    preset: blueGreen ? 'blue-green' : 'fast',
    ...(blueGreen ? {} : { steps: weights.map((weight) => ({ weight, bake: '3m' })) }),
    maxBake: '2x',
    maxBlind: '5m',
    maxPause: prng.pick(['20m', '40m']),
    deadline: prng.pick(['60m', '2h']),
    onUndecided: prng.pick(['pause', 'advance', 'roll-back']),
    onBlind: prng.pick(['pause', 'roll-back']),
    onDeadline: prng.pick(['pause', 'roll-back']),
    analysis: { interval: '1m', settle: prng.pick(['1m', '2m']), ceiling: 0.02 },
    ...(prng.chance(0.4) ? { validate } : {}),
    label: { require: prng.chance(0.9) },
    watch: '8m',
    pinned: prng.chance(0.8) ? 'accept' : 'wait',
  };
}

function makeActs(prng: Prng, chaosMs: number): TimedAct[] {
  const count = prng.pick([0, 1, 2, 4, 8]);
  return Array.from({ length: count }, () => {
    // Most meddle with the first release, which begins at once.
    const atMs = prng.int(MINUTE, prng.chance(0.6) ? 45 * MINUTE : chaosMs);
    const acts = Array.from({ length: prng.pick([1, 1, 1, 3]) }, () => makeAct(prng));
    return acts.map((act, index) => ({ atMs: atMs + index * prng.int(1, 40 * SECOND), act }));
  }).flat();
}

function makeAct(prng: Prng): Act {
  switch (prng.int(1, 14)) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return {
        kind: 'command',
        command: prng.pick([...COMMANDS, 'resume', 'pause']),
        choice: prng.pick([undefined, 'adopt', 'reapply']),
      };
    case 6:
    case 7:
      return {
        kind: 'rules-by-hand',
        weight: prng.pick([0, 5, 10, 50, 100]),
        own: prng.chance(0.8),
      };
    case 8:
      return { kind: 'deploy', place: prng.pick(['slot', 'slot', 'production']) };
    case 9:
      return { kind: 'swap-by-hand', times: prng.pick([1, 1, 2]) };
    case 10:
    case 11:
      return {
        kind: 'next-swap',
        outcome: prng.pick(['slow', 'slow', 'fail', 'half-fail', 'hang', 'mixed']),
      };
    case 12:
      return { kind: 'turns-bad' };
    case 13:
      return { kind: 'falls-silent' };
    default:
      return { kind: 'lag', lagMs: prng.pick([5, 60, 300]) * SECOND };
  }
}
