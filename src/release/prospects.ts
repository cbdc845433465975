/** What can be said in advance: how much traffic certifying takes, and which steps never will be. */
import { type ForecastStep, neverCertifies } from '../judge/forecast.ts';
import { margins } from '../judge/margins.ts';
import { MINUTE_MS } from '../limits.ts';
import type { Dispersion, History } from './dispersion.ts';
import { weightsOf } from './judge-config.ts';
import { judgedMetrics } from './judged-metrics.ts';
import type { Plan } from './plan.ts';

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

/** Beyond this no app reports rows; a plan that needs more can never certify. */
const REQUESTS_MAX = 1e9;
const HALVINGS = 50;

/**
 * Production requests a minute from which on every step can be certified within its `maxBake`, while
 * nothing fails; undefined: no traffic is enough, or there are no steps. Known from the plan alone,
 * before anybody has looked at the app.
 */
export function trafficToCertify(plan: Plan): number | undefined {
  const { beta, intervalMs } = plan.analysis;
  const steps = forecastSteps(plan);
  if (steps.length === 0) return undefined;
  const enough = (requestsPerBin: number): boolean =>
    neverCertifies({ steps, requestsPerBin, failureRate: 0, phi: 1, beta }).every(
      ({ atBest }) => atBest !== undefined,
    );
  let [no, yes] = [0, REQUESTS_MAX];
  if (!enough(yes)) return undefined;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (no + yes) / 2;
    if (enough(middle)) yes = middle;
    else no = middle;
  }
  return (yes * MINUTE_MS) / intervalMs;
}

/** The sentence about it, for the answer to a start; undefined where there is nothing to say. */
export function trafficNeeded(plan: Plan): string | undefined {
  const perMinute = trafficToCertify(plan);
  if (perMinute === undefined) return undefined;
  return `certifying every step within maxBake takes at least about ${rounded(perMinute)} requests a minute in production, while nothing fails`;
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
  if (history === undefined || history.requests === 0) return notes;
  notes.push(...overCeilings(plan, history));
  const traffic = {
    requestsPerBin: history.requests / history.bins,
    failureRate: history.failures / history.requests,
    phi,
  };
  const steps = forecastSteps(plan);
  const forecast = neverCertifies({ steps, ...traffic, beta: plan.analysis.beta });
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
function overCeilings(plan: Plan, history: History): readonly string[] {
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
