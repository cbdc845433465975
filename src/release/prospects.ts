/** What can be said in advance: how much traffic certifying takes, and which steps never will be. */
import { formatBound } from '../judge/format.ts';
import {
  type ForecastMeasure,
  type ForecastStep,
  neverCertifies,
  type StepForecast,
} from '../judge/forecast.ts';
import { margins } from '../judge/margins.ts';
import { MINUTE_MS } from '../limits.ts';
import type { Dispersion, History } from './dispersion.ts';
import { weightsOf } from './judge-config.ts';
import { type JudgedMetric, judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';

/** What meets a plan, with everything as it was. */
export interface Traffic {
  /** Of the whole app. */
  readonly requestsPerBin: number;
  /** Fraction that fails. */
  readonly failureRate: number;
  /** Overdispersion of the failures, at least 1. */
  readonly phi: number;
  /** In the order of `judgedMetrics`; null or left out: not known, and taken to certify in time. */
  readonly more?: readonly (MetricTraffic | null | undefined)[];
}

export interface MetricTraffic {
  readonly perBin: number;
  /** Bad ones of them by each measure. */
  readonly rates: readonly number[];
  readonly phi: number;
}

/** When each step of a good version is certified, by everything that has to certify it. */
export function certifying(plan: Plan, traffic: Traffic): readonly StepForecast[] {
  const { analysis, probes } = plan;
  const { requestsPerBin, failureRate, phi, more = [] } = traffic;
  const metrics = judgedMetrics(plan);
  const asked = metrics.findIndex(({ kind, role }) => kind === 'probes' && role.on === 'rollback');
  return neverCertifies({
    steps: forecastSteps(plan),
    requestsPerBin,
    failureRate,
    phi,
    beta: analysis.beta,
    requestsCertify: (analysis.metrics?.failures.on ?? 'rollback') === 'rollback',
    probes:
      probes === undefined || asked < 0
        ? undefined
        : {
            perBin: (probes.perSecond * analysis.intervalMs) / 1_000,
            failureRate: more[asked]?.rates[0] ?? failureRate,
          },
    others: metrics.flatMap((metric, index) => measuresOf(plan, metric, more[index] ?? null)),
  });
}

function measuresOf(
  plan: Plan,
  { role, from, budget }: JudgedMetric,
  known: MetricTraffic | null,
): readonly ForecastMeasure[] {
  if (known === null || from === 'probes' || role.on !== 'rollback') return [];
  const { perBin, rates, phi } = known;
  const all = margins(weightsOf(plan), budget);
  // Measures at one rate certify at one time.
  return [...new Set(rates)].map((rate) => ({ margins: all, perBin, rate, phi }));
}

/** The plan's steps for the judge's own forecast. */
export function forecastSteps(plan: Plan): readonly ForecastStep[] {
  const { budget, intervalMs } = plan.analysis;
  const weights = weightsOf(plan);
  return margins(weights, budget).map((margin, index) => {
    const { bakeMs, maxBakeMs } = plan.steps[index] ?? { bakeMs: 0, maxBakeMs: 0 };
    return {
      weight: weights[index] ?? 0,
      margin,
      bakeBins: bakeMs / intervalMs,
      maxBakeBins: maxBakeMs / intervalMs,
    };
  });
}

/** Requests a bin. Beyond the one no app reports rows; below the other none is worth a word. */
const REQUESTS_MAX = 1e9;
const REQUESTS_LEAST = 1e-3;
/** Two digits are told. */
const NEAR_ENOUGH = 1.02;

/**
 * Production requests a minute from which on every step can be certified within its `maxBake`, while
 * nothing fails; 0: probes alone do. Undefined: no traffic is enough, or there are no steps. Known from
 * the plan alone, before anybody has looked at the app; `dispersion`, once it is measured, asks for more.
 */
export function trafficToCertify(plan: Plan, dispersion?: Dispersion): number | undefined {
  const enough = (requestsPerBin: number): boolean => isEnough(plan, requestsPerBin, dispersion);
  if (plan.steps.length === 0) return undefined;
  if (enough(0)) return 0;
  if (!enough(REQUESTS_MAX)) return undefined;
  let [no, yes] = [REQUESTS_LEAST, REQUESTS_MAX];
  while (yes / no > NEAR_ENOUGH) {
    const middle = Math.sqrt(no * yes);
    if (enough(middle)) yes = middle;
    else no = middle;
  }
  return (yes * MINUTE_MS) / plan.analysis.intervalMs;
}

function isEnough(plan: Plan, requestsPerBin: number, dispersion: Dispersion | undefined): boolean {
  const more = judgedMetrics(plan).map(({ kind }, index) =>
    spotless(kind, requestsPerBin, dispersion?.more[index] ?? 1),
  );
  const phi = dispersion?.failures ?? 1;
  return certifying(plan, { requestsPerBin, failureRate: 0, phi, more }).every(
    ({ atBest }) => atBest !== undefined,
  );
}

/** Of calls and of queries nobody knows how many there are. */
function spotless(kind: JudgedMetric['kind'], perBin: number, phi: number): MetricTraffic | null {
  return kind === 'exceptions' || kind === 'latency' ? { perBin, rates: [0], phi } : null;
}

/** The sentence about it, for the answer to a start; undefined where there is nothing to say. */
export function trafficNeeded(plan: Plan): string | undefined {
  const perMinute = trafficToCertify(plan);
  if (perMinute === undefined) return undefined;
  if (perMinute === 0)
    return 'its probes alone can certify every step within maxBake, while nothing fails';
  return `certifying every step within maxBake takes at least about ${atLeast(perMinute)} requests a minute in production, while nothing fails`;
}

/** Two digits, up: what is said to be enough must be. */
export function atLeast(perMinute: number): string {
  return formatBound(perMinute, 'high');
}

/** Traffic as the last hours had it; undefined without a request. */
export function trafficOf(
  history: History | undefined,
  dispersion?: Dispersion,
): Traffic | undefined {
  if (history === undefined || history.requests === 0) return undefined;
  const { bins, requests, failures, more } = history;
  return {
    requestsPerBin: requests / bins,
    failureRate: failures / requests,
    phi: dispersion?.failures ?? 1,
    more: more.map((tally, index) =>
      tally === null || tally.n === 0
        ? null
        : {
            perBin: tally.n / bins,
            rates: tally.x.map((bad) => bad / tally.n),
            phi: dispersion?.more[index] ?? 1,
          },
    ),
  };
}

const UNDECIDED = { pause: 'pause', advance: 'advance, not certified', 'roll-back': 'roll back' };

/** What the last hours promise; empty: nothing that people should know in advance. */
export function prospects(
  plan: Plan,
  history: History | undefined,
  dispersion: Dispersion | undefined,
): readonly string[] {
  const notes: string[] = [];
  const phi = dispersion?.failures ?? 1;
  if (phi >= 2) {
    notes.push(
      `the baseline's failures come in clusters (they scatter ${phi.toFixed(1)} times as much as chance alone): evidence counts by that much less`,
    );
  }
  const traffic = trafficOf(history, dispersion);
  if (history === undefined || traffic === undefined) return notes;
  notes.push(...overCeilings(plan, history));
  const forecast = certifying(plan, traffic);
  const perMinute = (traffic.requestsPerBin * MINUTE_MS) / plan.analysis.intervalMs;
  const rate = `${rounded(traffic.failureRate * 100)} %`;
  const at = `at the present traffic (about ${rounded(perMinute)} rows a minute, ${rate} fail)`;
  const then = `the plan will ${UNDECIDED[plan.onUndecided]} there`;
  const never = named(plan, (index) => forecast[index]?.atBest === undefined);
  const hardly = named(plan, (index) => {
    const step = forecast[index];
    return step?.bins === undefined && step?.atBest !== undefined;
  });
  if (never !== undefined)
    notes.push(`${at} ${never} can never be certified within maxBake: ${then}`);
  if (hardly !== undefined)
    notes.push(
      `${at} ${hardly} will hardly be certified within maxBake, even if the version is as good as the old one: ${then}`,
    );
  return notes;
}

/** What the old version itself does not keep no version keeps: it would be taken back however good it is. */
export function overCeilings(plan: Plan, history: History): readonly string[] {
  const { ceiling, metrics } = plan.analysis;
  const failures = { n: history.requests, x: [history.failures] };
  const on = metrics?.failures.on ?? 'rollback';
  const capped = [
    { name: 'failures', on, ceiling, seen: failures },
    ...judgedMetrics(plan).map(({ name, role }, index) => ({
      name,
      on: role.on,
      ceiling: role.ceiling,
      seen: history.more[index],
    })),
  ];
  return capped.flatMap(({ name, on: does, ceiling: limit, seen }) => {
    const rate = Math.max(0, ...(seen?.x ?? [])) / Math.max(1, seen?.n ?? 0);
    if (does !== 'rollback' || limit === undefined || rate <= limit) return [];
    return [
      `the old version itself is over the ceiling of ${name} (${rounded(rate * 100)} %, at most ${rounded(limit * 100)} %): a new one that is no better will be rolled back`,
    ];
  });
}

/** `the steps at 5 %, 25 %`; undefined: none. */
function named({ steps }: Plan, holds: (index: number) => boolean): string | undefined {
  const weights = steps.flatMap(({ weight }, index) => (holds(index) ? [`${weight} %`] : []));
  if (weights.length === 0) return undefined;
  return `${weights.length === 1 ? 'the step' : 'the steps'} at ${weights.join(', ')}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
