/**
 * Releases that never happen: a plan, traffic and a failure rate, bin by bin, judged by the judge of
 * production. Of the state machine only what a plan decides is here: bake, `settle`, `maxBake`,
 * `onUndecided`, the deadline, the watch. Azure answers at once, telemetry is never blind.
 */
import { randomLcg, randomPoisson } from 'd3-random';

import { certificates, weakest } from '../judge/certificates.ts';
import { startEvidence, type EvidenceFold } from '../judge/evidence.ts';
import type { Bin, Counts, Evidence, JudgeConfig } from '../judge/types.ts';
import { fixCeiling, fixCeilings, judgeConfig } from '../release/judge-config.ts';
import { pairedSettleMs } from '../release/paired-window.ts';
import type { Plan } from '../release/plan.ts';
import {
  type Draw,
  type DrawMetrics,
  metricsIn,
  trafficIn,
  type World,
} from './forecast-metrics.ts';

export type { Draw, World };

/**
 * `paused`: a person decides (`onUndecided`, `onDeadline`, or too much evidence of harm to go on).
 * `undecided`: rolled back by `onUndecided` or `onDeadline`, without evidence of harm.
 */
export type End = 'succeeded' | 'harm' | 'undecided' | 'paused';

export interface StepRun {
  /** Bins at this weight. */
  readonly bins: number;
  readonly certified: boolean;
}

export interface Run {
  readonly end: End;
  /** Bins from the first visitors to the end. */
  readonly bins: number;
  /** Bins until the canary was production; undefined: it never was. */
  readonly promotedAt: number | undefined;
  /** Steps that were left onwards or by patience, in order. */
  readonly steps: readonly StepRun[];
  /** Canary failures that the baseline would not have had; expected share of those drawn. */
  readonly harmed: number;
}

/** One bin for the chart; log e-values as they are known at its end. */
export interface TracePoint {
  /** Fraction of the requests at the canary. */
  readonly weight: number;
  readonly harm: number;
  /** Of the step, by whatever is furthest from certifying it; undefined in the watch. */
  readonly certify: number | undefined;
  readonly harmed: number;
  readonly bin: Bin;
}

/** @param seed a whole number; the same seed draws the same numbers, on every machine */
export function seededDraw(seed: number): Draw {
  const poisson = randomPoisson.source(randomLcg(seed));
  return (mean) => (mean > 0 ? poisson(mean)() : 0);
}

/** A harmful bin is known this long after its end; measured lags are 10 s to a minute and a half. */
const LAG_MS = 60_000;

/** A step goes on undecided only when harm is not even half-way shown (release/assess.ts, `patience`). */
const CALM = 0.5;

/** Waits of the plan in bins. */
interface Waits {
  readonly settle: number;
  readonly lag: number;
  readonly deadline: number;
  readonly watch: number;
}

interface Ramp {
  readonly world: World;
  readonly waits: Waits;
  readonly config: JudgeConfig;
  readonly draw: Draw;
  readonly drawMetrics: DrawMetrics | undefined;
  readonly evidence: EvidenceFold;
  /**
   * Log e-values of all steps after each bin, by whatever is furthest from certifying: only final bins
   * certify, `settle` later.
   */
  readonly certify: (readonly number[])[];
  readonly steps: StepRun[];
  readonly trace: ((point: TracePoint) => void) | undefined;
  bins: number;
  harm: number;
  harmed: number;
  /** Tick at which harm is known. */
  harmAt: number;
}

export function simulate(world: World, draw: Draw, trace?: (point: TracePoint) => void): Run {
  const ramp = startRamp(world, draw, trace);
  for (const step of world.plan.steps.keys()) {
    const end = climb(ramp, step);
    if (end !== undefined) return runOf(ramp, end, undefined);
  }
  const promotedAt = ramp.bins;
  const until = promotedAt + ramp.waits.watch + ramp.waits.settle;
  while (ramp.bins < until) {
    addBin(ramp, undefined);
    if (ramp.bins >= ramp.harmAt) return runOf(ramp, 'harm', promotedAt);
  }
  return runOf(ramp, 'succeeded', promotedAt);
}

/** Most bins that one release can take. */
export function mostBins(plan: Plan): number {
  const waits = waitsOf(plan);
  const ramp = plan.steps.reduce((sum, { maxBakeMs }) => sum + binsOf(plan, maxBakeMs), 0);
  const settles = (plan.steps.length + 1) * waits.settle;
  return Math.min(waits.deadline, ramp + settles) + waits.watch;
}

/** One step; undefined: it was left onwards. */
function climb(ramp: Ramp, step: number): End | undefined {
  const { plan } = ramp.world;
  const { bakeMs, maxBakeMs } = plan.steps[step] ?? { bakeMs: 0, maxBakeMs: 0 };
  const from = ramp.bins;
  const bake = from + binsOf(plan, bakeMs);
  const patience = from + binsOf(plan, maxBakeMs + plan.analysis.settleMs);
  for (;;) {
    addBin(ramp, step);
    if (ramp.bins >= ramp.harmAt) return 'harm';
    if (ramp.bins >= ramp.waits.deadline) {
      return plan.onDeadline === 'pause' ? 'paused' : 'undecided';
    }
    const final = ramp.bins - ramp.waits.settle;
    const known = ramp.certify[final - 1]?.[step] ?? -Infinity;
    const certified = final >= bake && known >= -Math.log(ramp.config.beta);
    if (!certified && ramp.bins < patience) continue;
    ramp.steps.push({ bins: ramp.bins - from, certified });
    return certified ? undefined : undecided(ramp);
  }
}

function undecided({ world, harm, config }: Ramp): End | undefined {
  const { onUndecided } = world.plan;
  if (onUndecided === 'roll-back') return 'undecided';
  const calm = harm <= CALM * -Math.log(config.alpha);
  return onUndecided === 'advance' && calm ? undefined : 'paused';
}

/** @param step undefined: the canary is production */
function addBin(ramp: Ramp, step: number | undefined): void {
  const { world, draw, waits } = ramp;
  const { ratio, requestsPerBin, failureRate } = world;
  const weight = step === undefined ? 1 : (world.plan.steps[step]?.weight ?? 0) / 100;
  const canary = drawCounts(draw, requestsPerBin * weight, Math.min(1, failureRate * ratio));
  const baseline = drawCounts(draw, requestsPerBin * (1 - weight), failureRate);
  const startMs = ramp.bins * world.plan.analysis.intervalMs;
  const flags = { final: true, judged: true, watch: step === undefined };
  const more = ramp.drawMetrics?.(draw, weight);
  const bin: Bin = { startMs, canary, baseline, ...flags, ...(more === undefined ? {} : { more }) };
  ramp.evidence.fold(bin);
  const { evidence } = ramp.evidence.detail();
  ramp.bins += 1;
  ramp.harm = evidence.harm;
  const certify = certifiedBy(ramp.config, evidence, step);
  ramp.certify.push(certify);
  ramp.harmed += canary.failures * Math.max(0, 1 - 1 / ratio);
  if (ramp.harmAt === Infinity && evidence.maxHarm >= evidence.harmThreshold) {
    ramp.harmAt = ramp.bins + waits.lag;
  }
  ramp.trace?.({
    weight,
    harm: evidence.harm,
    certify: step === undefined ? undefined : certify[step],
    harmed: ramp.harmed,
    bin,
  });
}

/** Of this step and the later ones; what came before is not asked for any more. */
function certifiedBy(
  config: JudgeConfig,
  evidence: Evidence,
  from: number | undefined,
): readonly number[] {
  if (from === undefined) return [];
  return evidence.certify.map((_, step) =>
    step < from ? 0 : (weakest(certificates(config, evidence, step))?.logE ?? -Infinity),
  );
}

/** Poisson arrivals: those that fail and those that do not are independent of each other. */
function drawCounts(draw: Draw, mean: number, failureRate: number): Counts {
  const failures = draw(mean * failureRate);
  const requests = failures + draw(mean * (1 - failureRate));
  return { requests, failures, items: requests };
}

function startRamp(world: World, draw: Draw, trace: Ramp['trace']): Ramp {
  const config = configOf(world);
  return {
    world,
    waits: waitsOf(world.plan),
    config,
    draw,
    drawMetrics: metricsIn(world),
    evidence: startEvidence({ config, sinceMs: 0 }),
    certify: [],
    steps: [],
    trace,
    bins: 0,
    harm: 0,
    harmed: 0,
    harmAt: Infinity,
  };
}

function runOf({ bins, steps, harmed }: Ramp, end: End, promotedAt: number | undefined): Run {
  return { end, bins, promotedAt, steps, harmed };
}

function waitsOf(plan: Plan): Waits {
  return {
    // As release/telemetry-fold.ts has it.
    settle: binsOf(plan, Math.max(plan.analysis.settleMs, pairedSettleMs(plan) ?? 0)),
    lag: binsOf(plan, LAG_MS),
    deadline: binsOf(plan, plan.deadlineMs),
    watch: binsOf(plan, plan.watchMs),
  };
}

export function binsOf(plan: Plan, ms: number): number {
  return Math.ceil(ms / plan.analysis.intervalMs);
}

/** So many that one more, which a ceiling allows for, is nothing. */
const MANY = 1e9;

/** As a release with a baseline has it, with the ceilings of the watch fixed by what is normal here. */
export function configOf(world: World): JudgeConfig {
  const { plan, failureRate } = world;
  const more = trafficIn(world).more ?? [];
  const history = {
    bins: 1,
    requests: MANY,
    failures: failureRate * MANY,
    more: more.map((one) => ({ n: MANY, x: (one?.rates ?? []).map((rate) => rate * MANY) })),
  };
  return judgeConfig(plan, {
    baseline: 'now',
    ceiling: fixCeiling(plan, history),
    ceilings: fixCeilings(plan, { verdict: undefined, history }),
    dispersion: undefined,
  });
}
