/** Writes out the defaults of what a plan names besides request failures, and of its paired probes. */
import { BOUNDS } from '../limits.ts';
import type {
  Analysis,
  FailureMetric,
  Metric,
  MetricRole,
  Metrics,
  PairedRequest,
  ProbePlan,
} from './plan.ts';
import { rangesOf } from './status-ranges.ts';
import type { WrittenMetrics, WrittenProbes } from './written-metrics.ts';

const SECOND = 1_000;

/** Harm is any excess over the baseline, and every metric counts alike. */
const ROLE = { on: 'rollback', importance: 1, rho: 1, delta: 0, ceiling: undefined } as const;

/**
 * Nobody misses 2 or 3 % more slow requests, but with enough traffic they are certain, and rho 1 would
 * roll back for them. The price is small (`npm run bench:judge -- --only latency` has both).
 */
const LATENCY_RHO = 1.03;

export const METRIC_DEFAULTS = {
  failures: { ...ROLE, ignorePaths: [], synthetic: false },
  latency: {
    rho: LATENCY_RHO,
    /**
     * About evenly spaced on a log scale: a shift, a tail and a hang each show at some edge. Denser
     * below 500 ms than OpenTelemetry's boundaries, where most apps answer: a shift of 25 % is found
     * a minute sooner than with those.
     */
    edgesMs: [50, 100, 175, 300, 500, 1_000, 2_500, 5_000, 10_000],
    budget: { absolute: 0.01, relative: 0.5 },
  },
  probes: {
    /** Who writes probes has few visitors: with an equal share harm is found a minute later (bench:judge). */
    importance: 2,
    perSecond: 5,
    timeoutMs: 5 * SECOND,
    /** Only what is written: an idle slot is colder than production, and a busy production slower. */
    edgesMs: [],
    status: [{ from: 200, to: 399 }],
  },
} as const;

/** Undefined when nothing is written: stored plans stay as they are. */
export function makeMetrics(written: WrittenMetrics | undefined): Metrics | undefined {
  if (written === undefined || Object.keys(written).length === 0) return undefined;
  return { failures: makeFailures(written.failures), more: makeMore(written) };
}

/** What a plan judges, with what it leaves out. */
export function metricsOf({ metrics }: Analysis): Metrics {
  return metrics ?? { failures: METRIC_DEFAULTS.failures, more: [] };
}

function makeFailures(written: WrittenMetrics['failures']): FailureMetric {
  const { failures } = METRIC_DEFAULTS;
  return {
    ...makeRole(written ?? {}),
    on: written?.on ?? failures.on,
    ignorePaths: written?.ignorePaths ?? failures.ignorePaths,
    synthetic: written?.synthetic ?? failures.synthetic,
  };
}

/** Always in this order, however they are written: bins keep it. */
function makeMore({
  exceptions,
  dependencies,
  latency,
  kql = [],
}: WrittenMetrics): readonly Metric[] {
  const { edgesMs, budget, rho } = METRIC_DEFAULTS.latency;
  return [
    ...ifOn(exceptions, (role) => ({ kind: 'exceptions', name: 'exceptions', ...role })),
    ...ifOn(dependencies, (role) => ({ kind: 'dependencies', name: 'dependencies', ...role })),
    ...ifOn(latency, (role) => ({
      kind: 'latency',
      name: 'latency',
      ...role,
      rho: latency?.rho ?? rho,
      edgesMs: latency?.edges ?? edgesMs,
      budget: {
        absolute: latency?.budget?.absolute ?? budget.absolute,
        relative: latency?.budget?.relative ?? budget.relative,
      },
    })),
    ...kql.flatMap((one) =>
      ifOn(one, (role) => ({ kind: 'kql', name: one.name, ...role, query: one.query })),
    ),
  ];
}

interface WrittenRole {
  readonly on?: MetricRole['on'] | 'off' | undefined;
  readonly importance?: number | undefined;
  readonly rho?: number | undefined;
  readonly delta?: number | undefined;
  readonly ceiling?: number | undefined;
}

/** What is named is wanted, unless it says `off`. */
function ifOn(
  named: WrittenRole | undefined,
  make: (role: MetricRole) => Metric,
): readonly Metric[] {
  return named === undefined || named.on === 'off' ? [] : [make(makeRole(named))];
}

function makeRole({ on, importance, rho, delta, ceiling }: WrittenRole): MetricRole {
  return {
    on: on === 'notify' ? on : ROLE.on,
    importance: importance ?? ROLE.importance,
    rho: rho ?? ROLE.rho,
    delta: delta ?? ROLE.delta,
    ceiling: ceiling ?? ROLE.ceiling,
  };
}

/** Whoever sends looks again at what may be sent, so the plan keeps what allows it. */

export function makeProbes(probes: WrittenProbes | undefined): ProbePlan | undefined {
  if (probes === undefined) return undefined;
  const defaults = METRIC_DEFAULTS.probes;
  const perSecond = probes.rate ?? defaults.perSecond;
  const timeoutMs = probes.timeout ?? Math.min(defaults.timeoutMs, longestTimeoutMs(perSecond));
  return {
    ...makeRole(probes),
    importance: probes.importance ?? defaults.importance,
    perSecond,
    requests: (probes.requests ?? [{ path: '/' }]).map(makeRequest),
    timeoutMs,
    edgesMs: probes.edges ?? defaults.edgesMs,
    ...(probes.unsafe === true ? { unsafe: true } : {}),
  };
}

/** So that no more are unanswered than there may be, when the host hangs. */
export function longestTimeoutMs(perSecond: number): number {
  return Math.min(BOUNDS.probeTimeoutMs, Math.floor((BOUNDS.probesWaiting / perSecond) * SECOND));
}

function makeRequest(request: NonNullable<WrittenProbes['requests']>[number]): PairedRequest {
  return {
    path: request.path,
    method: request.method ?? 'GET',
    headers: request.headers ?? {},
    status: request.status === undefined ? METRIC_DEFAULTS.probes.status : rangesOf(request.status),
  };
}
