/** What is sent in a window of paired probes, and what the answers count. */
import { BOUNDS } from '../limits.ts';
import type { MetricTally, Tally } from '../judge/types.ts';
import type { PairedBin, PairedCounts } from './facts.ts';
import type { PairedRequest, ProbePlan } from './plan.ts';

/** One request, sent to both hosts at the same moment. */
export interface Shot {
  readonly atMs: number;
  readonly request: PairedRequest;
  /** Which of the two goes first: they take turns. */
  readonly canaryFirst: boolean;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What came back of one request; `undefined` status: no whole answer in time. */
export interface ProbeReply {
  readonly status: number | undefined;
  readonly durationMs: number;
}

export interface Pair {
  readonly request: PairedRequest;
  readonly canary: ProbeReply;
  readonly baseline: ProbeReply;
}

/**
 * One shot in each slot of 1 / rate, at a random moment in it: the rate is kept to the request, shots never
 * bunch, and no rhythm of the app meets the same request every time. Slots are counted from the epoch, so
 * windows go on where the one before ended, and a span that begins late only has fewer.
 * @param fraction gives random numbers, 0 <= x < 1
 */
export function shotsOf(probes: ProbePlan, span: Span, fraction: () => number): readonly Shot[] {
  const { requests } = probes;
  const slotMs = slotMsOf(probes);
  const shots: Shot[] = [];
  for (let slot = Math.ceil(span.fromMs / slotMs); slot * slotMs < span.toMs; slot += 1) {
    const startMs = slot * slotMs;
    const request = requests[slot % requests.length];
    if (request === undefined) return [];
    const atMs = startMs + fraction() * Math.min(slotMs, span.toMs - startMs);
    // Turns by the slot alone would, with an even number of requests, always favour the same version.
    const turn = (slot % requests.length) + Math.floor(slot / requests.length);
    shots.push({ atMs, request, canaryFirst: turn % 2 === 0 });
  }
  return shots;
}

/** One shot a slot; the rate is bounded here, whatever the plan says. */
export function slotMsOf({ perSecond }: ProbePlan): number {
  return 1_000 / Math.min(perSecond, BOUNDS.probesPerSecond.most);
}

/**
 * May be sent. The plan's parser has refused everything else; whoever sends looks again. A routing name in
 * the query would steer the request to the other version (azure.md 1.3).
 */
export function maySend(
  { method, path }: PairedRequest,
  { unsafe }: Pick<ProbePlan, 'unsafe'>,
): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads && unsafe !== true) return false;
  return path.startsWith('/') && !isSteering(path);
}

function isSteering(path: string): boolean {
  const [, ...query] = path.split('?');
  const names = [...new URLSearchParams(query.join('?')).keys()];
  return names.some((name) => name.toLowerCase().includes('x-ms-routing-name'));
}

/** The counts of one window. Every pair counts in both versions, or in none. */
export function countPairs(probes: ProbePlan, binMs: number, pairs: readonly Pair[]): PairedBin {
  const edges = probes.edgesMs;
  const tally = (of: (pair: Pair) => ProbeReply): Tally => ({
    n: pairs.length,
    x: [pairs.filter((pair) => !isGood(pair.request, of(pair))).length],
  });
  const times = (of: (pair: Pair) => ProbeReply): Tally => {
    const came = pairs.map(of).filter(({ status }) => status !== undefined);
    return {
      n: came.length,
      x: edges.map((edge) => came.filter(({ durationMs }) => durationMs > edge).length),
    };
  };
  const both = (count: typeof tally): MetricTally => ({
    canary: count((pair) => pair.canary),
    baseline: count((pair) => pair.baseline),
  });
  const latency = edges.length === 0 ? undefined : both(times);
  return { startMs: binMs, answers: both(tally), latency };
}

export function isGood({ status: wanted }: PairedRequest, { status }: ProbeReply): boolean {
  return status !== undefined && wanted.some(({ from, to }) => status >= from && status <= to);
}

/** The windows of each bin together, in the order of time. */
export function mergeWindows(windows: readonly PairedBin[]): PairedCounts {
  const bins = new Map<number, PairedBin>();
  for (const window of windows) {
    const before = bins.get(window.startMs);
    bins.set(window.startMs, before === undefined ? window : merged(before, window));
  }
  return [...bins.values()].sort((one, other) => one.startMs - other.startMs);
}

function merged(one: PairedBin, other: PairedBin): PairedBin {
  const { latency } = one;
  return {
    startMs: one.startMs,
    answers: added(one.answers, other.answers),
    latency:
      latency === undefined || other.latency === undefined
        ? (latency ?? other.latency)
        : added(latency, other.latency),
  };
}

function added(one: MetricTally, other: MetricTally): MetricTally {
  const sum = (a: Tally, b: Tally): Tally => ({
    n: a.n + b.n,
    x: a.x.map((count, index) => count + (b.x[index] ?? 0)),
  });
  return {
    canary: sum(one.canary, other.canary),
    baseline: sum(one.baseline, other.baseline),
  };
}
