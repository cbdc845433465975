/** The traffic of one cell of the grid (statistics.md 4), minute by minute. */
import type { Random } from './random.ts';
import { poisson } from './sampler.ts';

/** What one simulated minute gives to every rule. Written anew for every run: keep nothing of it. */
export interface Minute {
  /** 0-based. */
  readonly index: number;
  canaryRequests: number;
  canaryFailures: number;
  baselineRequests: number;
  baselineFailures: number;
  /** The true failure rates: for the oracles only. */
  canaryRate: number;
  baselineRate: number;
}

/** What is wrong with the canary. */
export interface Effect {
  readonly name: string;
  readonly times: number;
  /** Fraction, on top. */
  readonly plus: number;
}

export interface Cell {
  /** Requests a minute, both versions together. */
  readonly rate: number;
  /** Failure rate of the baseline (fraction). */
  readonly baselineRate: number;
  readonly effect: Effect;
  /** Share of the canary (fraction): one for the whole run, or one a minute. */
  readonly share: number | readonly number[];
  /** True: traffic and failure rate drift, and an incident hits both versions. */
  readonly drifting: boolean;
}

export const MINUTES = 60;
export const RATES = [20, 200, 2_000, 20_000] as const;
export const BASELINE_RATES = [0.0001, 0.001, 0.01] as const;
export const SHARES = [0.01, 0.05, 0.1, 0.5] as const;
export const NO_EFFECT: Effect = { name: 'none', times: 1, plus: 0 };
export const HARMS: readonly Effect[] = [
  { name: '×1.5', times: 1.5, plus: 0 },
  { name: '×2', times: 2, plus: 0 },
  { name: '×5', times: 5, plus: 0 },
  { name: '×20', times: 20, plus: 0 },
  { name: '+5 pp', times: 1, plus: 0.05 },
];

/** ×20 in an incident would fail more often than always. */
const WORST_RATE = 0.95;

/** Drift: traffic ±30 % and failure rate ±50 %, as sines that begin anywhere in each run. */
const TRAFFIC_SWING = { depth: 0.3, periodMinutes: 60 };
const FAILURE_SWING = { depth: 0.5, periodMinutes: 40 };
/** A shared incident: both versions fail 10 times as often for 5 minutes, somewhere in the run. */
const INCIDENT = { times: 10, minutes: 5 };

export function newMinutes(length: number = MINUTES): Minute[] {
  return Array.from({ length }, (_, index) => ({
    index,
    canaryRequests: 0,
    canaryFailures: 0,
    baselineRequests: 0,
    baselineFailures: 0,
    canaryRate: 0,
    baselineRate: 0,
  }));
}

/**
 * Draws one run into `minutes`. Arrivals are Poisson and each fails by itself, so failures and
 * successes of each version are four independent Poisson numbers: the same as a Poisson number of
 * requests, split binomially by version and by outcome.
 */
export function drawRun(minutes: readonly Minute[], cell: Cell, random: Random): void {
  const weather = cell.drifting ? drawWeather(random, minutes.length) : calm;
  for (const minute of minutes) {
    const { share } = cell;
    drawMinute(minute, cell, {
      random,
      weather: weather(minute.index),
      share: typeof share === 'number' ? share : (share[minute.index] ?? 0),
    });
  }
}

/** What a minute is drawn with: the share may be one that a rollout has just come to. */
export interface Draw {
  readonly random: Random;
  readonly weather: Weather;
  readonly share: number;
}

export function drawMinute(
  minute: Minute,
  { rate, baselineRate, effect }: Omit<Cell, 'share' | 'drifting'>,
  { random, weather, share }: Draw,
): void {
  const canary = rate * weather.traffic * share;
  const baseline = rate * weather.traffic - canary;
  minute.baselineRate = Math.min(WORST_RATE, baselineRate * weather.failing);
  minute.canaryRate = Math.min(WORST_RATE, minute.baselineRate * effect.times + effect.plus);
  minute.canaryFailures = poisson(random, canary * minute.canaryRate);
  minute.canaryRequests = minute.canaryFailures + poisson(random, canary * (1 - minute.canaryRate));
  minute.baselineFailures = poisson(random, baseline * minute.baselineRate);
  minute.baselineRequests =
    minute.baselineFailures + poisson(random, baseline * (1 - minute.baselineRate));
}

/** Factors of a minute. */
export interface Weather {
  readonly traffic: number;
  readonly failing: number;
}

const CALM: Weather = { traffic: 1, failing: 1 };
export const calm = (): Weather => CALM;

export function drawWeather(random: Random, length: number): (index: number) => Weather {
  const trafficPhase = random() * 2 * Math.PI;
  const failurePhase = random() * 2 * Math.PI;
  const incidentFrom = Math.floor(random() * (length - INCIDENT.minutes + 1));
  return (index) => {
    const inIncident = index >= incidentFrom && index < incidentFrom + INCIDENT.minutes;
    return {
      traffic: swing(TRAFFIC_SWING, index, trafficPhase),
      failing: swing(FAILURE_SWING, index, failurePhase) * (inIncident ? INCIDENT.times : 1),
    };
  };
}

function swing({ depth, periodMinutes }: typeof TRAFFIC_SWING, index: number, phase: number) {
  return 1 + depth * Math.sin((2 * Math.PI * index) / periodMinutes + phase);
}
