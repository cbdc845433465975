/**
 * Releases that never happen: a plan, traffic and a failure rate, bin by bin, judged by the judge of
 * production. Of the state machine only what a plan decides is here: bake, `settle`, `maxBake`,
 * `onUndecided`, the deadline, the watch. Azure answers at once, telemetry is never blind.
 */
import { randomLcg, randomPoisson } from 'd3-random';

import { startEvidence, type EvidenceFold } from '../judge/evidence.ts';
import type { Bin, Counts, JudgeConfig, MetricConfig } from '../judge/types.ts';
import { failuresConfig, fixCeiling } from '../release/judge-config.ts';
import { judgedMetrics } from '../release/judged-metrics.ts';
import type { Plan } from '../release/plan.ts';

/** What meets the plan. */
export interface World {
  readonly plan: Plan;
  /** Of both versions together. */
  readonly requestsPerBin: number;
  /** The baseline's, a fraction. */
  readonly failureRate: number;
  /** The canary's failure rate / the baseline's: 1 for a good version. */
  readonly ratio: number;
}

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
  /** Of the step; undefined in the watch. */
  readonly certify: number | undefined;
  readonly harmed: number;
}

/** Number of Poisson-distributed events at that mean. */
export type Draw = (mean: number) => number;

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
  readonly evidence: EvidenceFold;
  /** Log e-values of all steps after each bin: only final bins certify, `settle` later. */
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
    const known = ramp.certify[final - 1]?.[step] ?? 0;
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
  const bin: Bin = { startMs, canary, baseline, ...flags };
  ramp.evidence.fold(bin);
  const { evidence } = ramp.evidence.detail();
  ramp.bins += 1;
  ramp.harm = evidence.harm;
  ramp.certify.push(evidence.certify);
  ramp.harmed += canary.failures * Math.max(0, 1 - 1 / ratio);
  if (ramp.harmAt === Infinity && evidence.maxHarm >= evidence.harmThreshold) {
    ramp.harmAt = ramp.bins + waits.lag;
  }
  ramp.trace?.({
    weight,
    harm: evidence.harm,
    certify: step === undefined ? undefined : evidence.certify[step],
    harmed: ramp.harmed,
  });
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
    settle: binsOf(plan, plan.analysis.settleMs),
    lag: binsOf(plan, LAG_MS),
    deadline: binsOf(plan, plan.deadlineMs),
    watch: binsOf(plan, plan.watchMs),
  };
}

export function binsOf(plan: Plan, ms: number): number {
  return Math.ceil(ms / plan.analysis.intervalMs);
}

/**
 * As release/judge-config.ts makes it of a release with a baseline, except that the other metrics are
 * one that is never measured: it keeps its share of the evidence, shows no harm, and certifies at once.
 */
export function configOf({ plan, failureRate }: Pick<World, 'plan' | 'failureRate'>): JudgeConfig {
  // So many that one failure more, which a ceiling allows for, is nothing.
  const ceiling = fixCeiling(plan, { requests: 1e9, failures: failureRate * 1e9 });
  const ceilingFrom = plan.analysis.metrics?.failures.ceiling === undefined ? 'watch' : 'start';
  return {
    ...failuresConfig(plan, { baseline: 'now', ceiling, dispersion: undefined }),
    ceilingFrom,
    ...sharing(plan),
  };
}

function sharing(plan: Plan): Pick<JudgeConfig, 'share' | 'more'> {
  const own = plan.analysis.metrics?.failures.importance ?? 1;
  const others = judgedMetrics(plan)
    .filter(({ role }) => role.on === 'rollback')
    .reduce((sum, { role }) => sum + role.importance, 0);
  if (others === 0) return {};
  const share = own / (own + others);
  const quiet: MetricConfig = {
    name: 'others',
    kind: 'kql',
    on: 'rollback',
    share: 1 - share,
    rho: 1,
    delta: 0,
    phi: 1,
    measures: 1,
    ceilings: [],
    ceilingFrom: 'watch',
    margins: [],
    comparesInWatch: false,
  };
  return { share, more: [quiet] };
}
