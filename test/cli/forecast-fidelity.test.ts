// The forecast has its own small copy of what a plan decides. Here the production code decides about the
// very same bins, minute by minute: it must come to the same, in the same minute.
import { describe, expect, it } from 'vitest';

import { seededDraw, simulate, type World } from '../../src/cli/forecast-simulation.ts';
import type { Bin } from '../../src/judge/types.ts';
import { decide } from '../../src/release/decide.ts';
import {
  type CountRow,
  NOTHING_READ,
  type PairedBin,
  type PairedCounts,
} from '../../src/release/facts.ts';
import { queriedCount } from '../../src/release/judged-metrics.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import { world } from '../support/forecast-samples.ts';
import { NOW, sampleContext, samplePlan, sampleRelease } from '../support/release-samples.ts';

const MINUTE = 60_000;

/** What happened, and after how many minutes. */
type Story = readonly (readonly [minute: number, what: string])[];

interface Told {
  readonly story: Story;
  readonly rows: readonly CountRow[];
  readonly paired: PairedCounts;
}

/** The simulated release as a story, and its bins as rows of telemetry. */
function told(of: World, seed: number): Told {
  const bins: Bin[] = [];
  const run = simulate(of, seededDraw(seed), ({ bin }) => bins.push(bin));
  let minute = 0;
  const steps = run.steps.map(({ bins: count, certified }) => {
    minute += count;
    return [minute, certified ? 'certified' : 'undecided'] as const;
  });
  const end = run.promotedAt === undefined ? [[run.bins, run.end] as const] : [];
  const queried = queriedCount(of.plan);
  return {
    story: [...steps, ...end],
    rows: bins.flatMap((bin) => rowsOf(bin, queried)),
    paired: bins.flatMap((bin) => pairedOf(bin, queried)),
  };
}

function rowsOf({ startMs, canary, baseline, more = [] }: Bin, queried: number): CountRow[] {
  const counted = more.slice(0, queried);
  return [
    {
      startMs: NOW + startMs,
      version: '2.0.0',
      ...canary,
      more: counted.map((one) => one?.canary ?? null),
    },
    {
      startMs: NOW + startMs,
      version: '1.0.0',
      ...baseline,
      more: counted.map((one) => one?.baseline ?? null),
    },
  ];
}

function pairedOf({ startMs, more = [] }: Bin, queried: number): PairedBin[] {
  const [answers, latency] = more.slice(queried);
  if (answers === undefined || answers === null) return [];
  return [{ startMs: NOW + startMs, answers, latency: latency ?? undefined }];
}

/** What production decides until the ramp is over; Azure does at once what it is told. */
function decided(plan: Plan, { rows, paired }: Told): Story {
  let release: Release = sampleRelease(rampingAt(0, NOW), { binsFrom: NOW, deadlineFrom: NOW });
  release = { ...release, ...confirmed(plan, 0) };
  let bins: readonly Bin[] = [];
  const story: (readonly [number, string])[] = [];
  for (let minute = 1; minute <= rows.length / 2; minute += 1) {
    const now = NOW + minute * MINUTE;
    const seen = rows.filter(({ startMs }) => startMs < now);
    const lag = { p95Ms: MINUTE, p999Ms: MINUTE };
    const telemetry = { kind: 'ok', rows: seen, lag, query: '', answer: '' } as const;
    const counted = paired.filter(({ startMs }) => startMs < now);
    const facts = { ...NOTHING_READ, telemetry, paired: counted };
    const decision = decide({ release, bins, facts, context: sampleContext(plan, now) });
    ({ release } = decision);
    bins = decision.bins?.all ?? bins;
    const { stage } = release;
    const was = release.reason === 'not-certified' ? 'undecided' : 'certified';
    if (stage.phase === 'ramping' && stage.confirmedAt === undefined) {
      story.push([minute, was]);
      release = { ...release, stage: rampingAt(stage.step, now), ...confirmed(plan, stage.step) };
    } else if (stage.phase === 'promoting') {
      return [...story, [minute, decision.rows.some(isNotCertified) ? 'undecided' : 'certified']];
    } else if (stage.phase === 'rolling-back') {
      const harm = release.reason === 'harm';
      return [
        ...story,
        ...(harm ? [] : undecidedAt(release, minute)),
        [minute, harm ? 'harm' : 'undecided'],
      ];
    } else if (stage.phase === 'paused') {
      return [...story, ...undecidedAt(release, minute), [minute, 'paused']];
    }
  }
  return story;
}

function isNotCertified({ body }: { readonly body: string }): boolean {
  return body.includes('not-certified');
}

/** The step's own end, where it came to one: a deadline cuts it short. */
function undecidedAt({ reason }: Release, minute: number): Story {
  return reason === 'undecided' ? [[minute, 'undecided']] : [];
}

function rampingAt(step: number, now: number): Stage {
  return { phase: 'ramping', step, since: now, confirmedAt: now, patienceFrom: now };
}

function confirmed(plan: Plan, step: number): Pick<Release, 'weight' | 'wantedWeight' | 'intent'> {
  const weight = plan.steps[step]?.weight ?? 0;
  return { weight, wantedWeight: weight, intent: undefined };
}

const quiet = { requestsPerBin: 60, failureRate: 0.001 };

describe('production decides the same about the same bins', () => {
  it.each([
    ['a good version', world()],
    ['one that fails twice as often', world({ ratio: 2 })],
    ['one that fails five times as often', world({ ratio: 5 })],
    ['one that fails often', world({ ratio: 50 })],
    ['a careful plan', world({ plan: samplePlan('careful') })],
    ['a careful plan and a bad version', world({ plan: samplePlan('careful'), ratio: 3 })],
    ['a fast plan', world({ plan: samplePlan('fast') })],
    ['a quiet app that goes on', world(quiet)],
    ['a quiet app that asks', world({ ...quiet, plan: samplePlan('careful') })],
    ['a quiet app that goes back', world({ ...quiet, plan: back() })],
    ['a deadline', world({ ...quiet, plan: samplePlan({ preset: 'standard', deadline: '61m' }) })],
    ['many failures', world({ failureRate: 0.05 })],
    ['a quiet app with probes', world({ ...quiet, plan: probing() })],
    ['a quiet app with probes and a bad version', world({ ...quiet, plan: probing(), ratio: 20 })],
    ['probes that are timed', world({ plan: probing({ edges: ['100ms', '1s'] }), ratio: 3 })],
    ['several metrics', world({ plan: measuring() })],
    ['several metrics and a bad version', world({ plan: measuring(), ratio: 5 })],
    ['several metrics, one hard to certify', world({ plan: measuring(), othersRate: 0.01 })],
  ])('%s', (_what, of) => {
    for (const seed of [1, 2, 3]) {
      const one = told(of, seed);
      expect(decided(of.plan, one)).toEqual(one.story);
    }
  });
});

function probing(over: object = {}): Plan {
  return samplePlan({ preset: 'standard', probes: { ...over } });
}

function measuring(): Plan {
  const metrics = { exceptions: 'rollback', dependencies: 'notify', latency: 'rollback' };
  return samplePlan({ preset: 'standard', analysis: { metrics } });
}

function back(): Plan {
  return samplePlan({ preset: 'standard', onUndecided: 'roll-back' });
}
