/** From a seed to its story. */
import { COMMANDS } from '../../../src/release/event.ts';
import { type Prng, createPrng } from '../../support/prng.ts';
import { withEvidence } from './evidence.ts';
import type { Act, Outage, Rates, Story, TimedAct } from './story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export function createStory(seed: number): Story {
  const prng = createPrng(seed);
  const chaosMs = prng.int(20, 60) * MINUTE;
  // Some stories are loud, most have a few faults, some only people.
  const loudness = prng.pick([0, 0.2, 0.5, 1, 1, 2]);
  return withEvidence({
    seed,
    instances: prng.pick([1, 2, 2, 3]),
    wrongClocks: prng.chance(0.7),
    wholeCatalog: prng.chance(0.2),
    ratePerMinute: prng.pick([6_000, 6_000, 3_000, 300]),
    harmful: prng.chance(0.25),
    harm: 'fails',
    measured: false,
    failureLagMs: prng.pick([0, 0, 0, 20 * SECOND, 50 * SECOND]),
    rates: makeRates(prng, loudness),
    outages: makeOutages(prng, chaosMs),
    acts: [...makeStarts(prng, chaosMs), ...makeActs(prng, chaosMs), ...makeFrenzy(prng)].sort(
      (a, b) => a.atMs - b.atMs,
    ),
    chaosMs,
    toTheEnd: prng.chance(0.1),
  });
}

function makeRates(prng: Prng, loudness: number): Rates {
  const upTo = (most: number): number => (prng.chance(0.7) ? prng.next() * most * loudness : 0);
  return {
    crash: upTo(0.01),
    stall: upTo(0.02),
    freeze: upTo(0.03),
    jump: upTo(0.03),
    arm: upTo(0.1),
    armLate: upTo(0.3),
    store: upTo(0.04),
    telemetry: upTo(0.1),
    probe: upTo(0.03),
    notice: upTo(0.3),
    messageLost: upTo(0.2),
    messageTwice: upTo(0.4),
    messageLate: upTo(0.2),
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
    act: {
      kind: 'start',
      plan: makePlan(prng),
      times: prng.chance(0.2) ? prng.int(2, 4) : 1,
      by: prng.chance(0.8) ? 'queue' : 'http',
      slot: index > 0 && prng.chance(0.1) ? 'other' : 'staging',
      reversible: prng.chance(0.85),
    },
  }));
}

/** Short waits, so that a story reaches its end; the rest of the plan is anything that is allowed. */
function makePlan(prng: Prng): unknown {
  const blueGreen = prng.chance(0.2);
  const weights = prng.pick([[10, 50], [5, 25, 50], [20], [1, 50]]);
  const validate = [{ http: { path: '/health', every: '10s', passes: 2 } }];
  return {
    preset: blueGreen ? 'blue-green' : 'fast',
    ...(blueGreen ? {} : { steps: weights.map((weight) => ({ weight, bake: '2m' })) }),
    maxBake: '2x',
    maxBlind: '4m',
    maxPause: prng.pick(['10m', '20m']),
    deadline: prng.pick(['40m', '2h']),
    onUndecided: prng.pick(['pause', 'advance', 'roll-back']),
    onBlind: prng.pick(['pause', 'roll-back']),
    onDeadline: prng.pick(['pause', 'roll-back']),
    analysis: { interval: '1m', settle: prng.pick(['1m', '2m']), ceiling: 0.02 },
    ...(prng.chance(0.4) ? { validate } : {}),
    label: { require: prng.chance(0.9) },
    watch: '6m',
    pinned: prng.chance(0.9) ? 'accept' : 'wait',
  };
}

function makeActs(prng: Prng, chaosMs: number): TimedAct[] {
  const count = prng.pick([0, 1, 2, 4, 8]);
  return Array.from({ length: count }, () => {
    // Most meddle with the first release, which begins at once.
    const atMs = prng.int(MINUTE, prng.chance(0.7) ? 25 * MINUTE : chaosMs);
    const acts = Array.from({ length: prng.pick([1, 1, 1, 3]) }, () => makeAct(prng));
    return acts.map((act, index) => ({ atMs: atMs + index * prng.int(1, 40 * SECOND), act }));
  }).flat();
}

/** Somebody presses everything, again and again. */
function makeFrenzy(prng: Prng): TimedAct[] {
  if (!prng.chance(0.1)) return [];
  const fromMs = prng.int(MINUTE, 20 * MINUTE);
  return Array.from({ length: prng.int(5, 40) }, (_, index) => ({
    atMs: fromMs + index * prng.int(SECOND, 30 * SECOND),
    act: makeCommand(prng),
  }));
}

function makeCommand(prng: Prng): Act {
  return {
    kind: 'command',
    command: prng.pick([...COMMANDS, 'resume', 'pause']),
    choice: prng.pick([undefined, 'adopt', 'reapply']),
  };
}

function makeAct(prng: Prng): Act {
  switch (prng.int(1, 17)) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return makeCommand(prng);
    case 6:
    case 7:
      return {
        kind: 'rules-by-hand',
        edit: prng.pick(['own', 'own', 'own', 'foreign', 'auto-ramp', 'write-back']),
        weight: prng.pick([0, 5, 10, 50, 100]),
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
      return { kind: 'turns-bad', place: prng.pick(['slot', 'slot', 'production']) };
    case 13:
      return { kind: 'falls-silent' };
    case 14:
      return { kind: 'mislabels' };
    case 15:
      return { kind: 'rescue' };
    case 16:
      return { kind: 'samples', keepOneIn: prng.pick([2, 5, 20]) };
    default:
      return { kind: 'lag', lagMs: prng.pick([5, 60, 300]) * SECOND };
  }
}
