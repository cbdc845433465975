/**
 * What some stories' plans judge besides request failures: exceptions, latency, paired probes. Drawn by
 * itself, so that all else of a seed's story is what it would be without.
 */
import { type Prng, createPrng } from '../../support/prng.ts';
import type { Harm, Story, TimedAct } from './story.ts';

const METRICS_IN = 0.2;
const PROBES_IN = 0.1;
/** Of the stories with metrics that do no harm otherwise. */
const HARM_IN = 0.3;

export function withEvidence(story: Story): Story {
  const prng = createPrng(story.seed ^ 0x0e71_de4c);
  const metrics = prng.chance(METRICS_IN) ? makeMetrics(prng) : undefined;
  const probes = prng.chance(PROBES_IN) ? makeProbes(prng) : undefined;
  const harms = metrics === undefined ? [] : shownBy(metrics, story);
  return {
    ...story,
    harmful: story.harmful || (harms.length > 0 && prng.chance(HARM_IN)),
    harm: prng.pick(['fails', ...harms, ...harms]),
    measured: metrics !== undefined,
    acts: story.acts.map((timed) => judging(timed, metrics, probes)),
  };
}

interface Metrics {
  readonly failures?: Written;
  readonly exceptions: Written;
  readonly latency?: Written;
}

interface Role {
  readonly on: 'rollback';
  readonly importance?: number;
  readonly ceiling?: number;
  readonly edges?: readonly string[];
}

type Written = Role | 'rollback' | 'notify';

/** Of exceptions: harm after the swap too, whatever was seen of the old version before. */
const CEILING = 0.02;

function makeMetrics(prng: Prng): Metrics {
  const bounded = { on: 'rollback', ceiling: CEILING } as const;
  const exceptions = prng.pick<Written>([bounded, bounded, 'rollback', 'notify']);
  const failures = prng.pick<Written | undefined>([
    undefined,
    { ...bounded, importance: 2 },
    // What fails also throws in these stories, so that the one makes up for the other.
    exceptions === bounded ? 'notify' : undefined,
  ]);
  const latency = prng.pick<Written | undefined>([
    undefined,
    'notify',
    'rollback',
    { on: 'rollback', edges: ['250ms', '1s'] },
  ]);
  return {
    exceptions,
    ...(failures === undefined ? {} : { failures }),
    ...(latency === undefined ? {} : { latency }),
  };
}

function makeProbes(prng: Prng): unknown {
  return {
    rate: prng.pick(['12/m', '30/m', '1/s']),
    requests: prng.pick([[{ path: '/' }], [{ path: '/' }, { path: '/cart', method: 'HEAD' }]]),
    on: prng.pick(['rollback', 'rollback', 'notify']),
    ...(prng.chance(0.3) ? { edges: ['100ms', '1s'] } : {}),
  };
}

/** Harm that these metrics see and the request failures do not. */
function shownBy({ exceptions, latency }: Metrics, { acts }: Story): Harm[] {
  const bounded = typeof exceptions === 'object';
  const compared = latency !== undefined && latency !== 'notify';
  // Blue-green has nothing to compare with, and latency has no ceiling of its own.
  const ramps = acts.every(({ act }) => act.kind !== 'start' || 'steps' in objectOf(act.plan));
  return [...(bounded ? ['throws' as const] : []), ...(compared && ramps ? ['slow' as const] : [])];
}

function judging(timed: TimedAct, metrics: Metrics | undefined, probes: unknown): TimedAct {
  const { act, atMs } = timed;
  if (act.kind !== 'start') return timed;
  const plan = objectOf(act.plan);
  const analysis =
    metrics === undefined ? {} : { analysis: { ...objectOf(plan.analysis), metrics } };
  const more = probes === undefined ? {} : { probes };
  return { atMs, act: { ...act, plan: { ...plan, ...analysis, ...more } } };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
