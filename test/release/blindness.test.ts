import { describe, expect, it } from 'vitest';
import type { CountRow, Facts, TelemetryFacts } from '../../src/release/facts.ts';
import { describeStage } from '../../src/release/draft.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { LastReads, Release } from '../../src/release/release.ts';
import { PROBES, planWith } from '../support/metric-plans.ts';
import {
  NOW,
  STAGES,
  answerOf,
  read,
  samplePlan,
  sampleRelease,
} from '../support/release-samples.ts';
import { DOWN, GOOD, HOUR, MINUTE, RAMPING, SILENT, SINCE, pass, span } from './pass.ts';

const NOBODY: TelemetryFacts = { kind: 'ok', rows: [], lag: undefined, query: 'q', answer: '[]' };

/** Rows of no version at all, in every minute. */
function unlabelled(telemetry: TelemetryFacts, requests = 50): TelemetryFacts {
  if (telemetry.kind !== 'ok') return telemetry;
  const rows: CountRow[] = [];
  for (let startMs = span.from; startMs < span.to; startMs += MINUTE)
    rows.push({ startMs, version: '', requests, failures: 0, items: requests });
  return { ...telemetry, rows: [...telemetry.rows, ...rows] };
}

const blindFor = (minutes: number, reads: Partial<LastReads> = {}): Release => {
  const since = NOW - minutes * MINUTE;
  return { ...RAMPING, seen: { ...RAMPING.seen, blindSince: since, ...reads } };
};

const facts = (telemetry: TelemetryFacts): Facts => ({ ...read(5), telemetry });
const with_ = (change: Partial<Plan>): Plan => ({ ...samplePlan(), ...change });

describe('nobody there, and nothing to be seen', () => {
  const patient = with_({ maxNoDataMs: 60 * MINUTE, onNoData: 'roll-back' });
  const cases: readonly [string, Release, TelemetryFacts, Plan, string, string][] = [
    // Without limits of their own both are as ever.
    ['no data for 9 minutes', blindFor(9), NOBODY, samplePlan(), 'ramping 1/3', 'no-data'],
    [
      'no data for 10 minutes',
      blindFor(10),
      NOBODY,
      samplePlan(),
      'paused (ramping 1/3)',
      'no-data',
    ],
    [
      'errors for 10 minutes',
      blindFor(10),
      DOWN,
      samplePlan(),
      'paused (ramping 1/3)',
      'telemetry-unavailable',
    ],
    // Each with its own.
    ['no data for 29 minutes', blindFor(29), NOBODY, patient, 'ramping 1/3', 'no-data'],
    [
      'no data for an hour',
      blindFor(29),
      NOBODY,
      { ...patient, maxNoDataMs: 20 * MINUTE },
      'rolling-back',
      'no-data',
    ],
    [
      'no data, policy of its own alone',
      blindFor(10),
      NOBODY,
      with_({ onNoData: 'roll-back' }),
      'rolling-back',
      'no-data',
    ],
    [
      'an error after 29 minutes of nobody',
      blindFor(29),
      DOWN,
      patient,
      'ramping 1/3',
      'telemetry-unavailable',
    ],
    [
      'errors for 10 minutes after 29 of nobody',
      blindFor(29, { unavailableSince: NOW - 10 * MINUTE }),
      DOWN,
      patient,
      'paused (ramping 1/3)',
      'telemetry-unavailable',
    ],
  ];
  it.each(cases)('%s', (_what, release, telemetry, plan, stands, reason) => {
    const next = pass(release, facts(telemetry), { plan }).release;
    expect([describeStage(next), next.reason]).toEqual([stands, reason]);
  });

  it('counts errors from the first of them, and forgets them with an answer', () => {
    const first = pass(RAMPING, facts(DOWN)).release;
    expect(first.seen.unavailableSince).toBe(NOW);
    const second = pass(first, facts(DOWN), { at: NOW + MINUTE }).release;
    expect(second.seen.unavailableSince).toBe(NOW);
    const third = pass(second, facts(GOOD), { at: NOW + 2 * MINUTE }).release;
    expect(third.seen.unavailableSince).toBeUndefined();
  });
});

describe('a quiet app with probes', () => {
  const plan = planWith([], { plan: { probes: { ...PROBES, edgesMs: [] } } });
  const answers = { canary: { n: 300, x: [0] }, baseline: { n: 300, x: [0] } };
  const paired = Array.from({ length: 30 }, (_, minute) => ({
    startMs: SINCE + minute * MINUTE,
    answers,
    latency: undefined,
  }));

  it('is not blind, and is certified by what they found', () => {
    const { release } = pass(blindFor(60), { ...facts(NOBODY), paired }, { plan });
    expect(release.seen.blindSince).toBeUndefined();
    // Nobody visits: the probes certify the step in place of people's requests, and it goes on.
    expect(release.verdict).toMatchObject({ outcome: 'certified', canary: { requests: 0 } });
    expect(release.verdict?.more?.[0]).toMatchObject({ name: 'probes', canary: { n: 8_700 } });
    expect(release.stage).toMatchObject({ phase: 'ramping', step: 1 });
  });

  const history = (requests: number, bins = 360) => ({ bins, requests, failures: 0, more: [null] });
  const probedFor = (minutes: number) =>
    Array.from({ length: minutes }, (_, minute) => ({
      startMs: SINCE + minute * MINUTE,
      answers,
      latency: undefined,
    }));

  it('never goes on by them alone where people use the app and telemetry shows none of them', () => {
    const used = { ...RAMPING, history: history(36_000) };
    const first = pass(used, { ...facts(NOBODY), paired }, { plan }).release;
    // The probes would certify it, and that is not asked.
    expect(first.verdict?.outcome).toBe('certified');
    expect(first.seen.blindSince).toBe(SINCE);
    expect(first).toMatchObject({ stage: { phase: 'paused' }, reason: 'no-data' });
    expect(first.message).toContain('probes alone do not stand for the people who use this app');
  });

  it('nor in steps that are over before silence is called that', () => {
    const preset = {
      preset: 'standard',
      steps: [
        { weight: 5, bake: '1m' },
        { weight: 50, bake: '1m' },
      ],
      analysis: { settle: '1m' },
    };
    const quick = planWith([], { preset, plan: { probes: { ...PROBES, edgesMs: [] } } });
    const early = (requests: number) => {
      const many = { canary: { n: 2_000, x: [0] }, baseline: { n: 2_000, x: [0] } };
      const counted = probedFor(4).map((bin) => ({ ...bin, answers: many }));
      const told = { ...read(5), telemetry: NOBODY, paired: counted };
      const used = { ...RAMPING, history: history(requests) };
      return pass(used, told, { plan: quick, at: SINCE + 3 * MINUTE }).release;
    };
    expect(early(99).stage).toMatchObject({ phase: 'ramping', step: 1 });
    const held = early(36_000);
    expect(held.verdict?.outcome).toBe('certified');
    expect(held.seen.blindSince).toBeUndefined();
    expect(held).toMatchObject({ stage: { phase: 'ramping', step: 0 }, reason: 'no-data' });
  });

  it('waits for those people as long as the plan says', () => {
    const patient = { ...plan, maxNoDataMs: HOUR, onNoData: 'roll-back' } as const;
    const used = { ...RAMPING, history: history(36_000) };
    const at = (minutes: number) => {
      const told = { ...read(5), telemetry: NOBODY, paired: probedFor(30 + minutes) };
      return pass(used, told, { plan: patient, at: NOW + minutes * MINUTE }).release;
    };
    expect(at(29)).toMatchObject({ stage: { phase: 'ramping', step: 0 }, reason: 'no-data' });
    expect(at(30)).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'no-data' });
  });

  it.each([
    ['nobody knows its history', undefined],
    ['hardly anybody uses it', history(99)],
    ['its people come by the hour, so that half an hour without any is nothing', history(120)],
    ['all its people came within four minutes', history(5_000, 4)],
  ])('goes on by its probes where %s', (_why, known) => {
    const { release } = pass(
      { ...RAMPING, history: known },
      { ...facts(NOBODY), paired },
      { plan },
    );
    expect(release.seen.blindSince).toBeUndefined();
    expect(release.stage).toMatchObject({ phase: 'ramping', step: 1 });
  });

  it('goes on by them between two batches of an app that is used on the hour', () => {
    const dispersion = { failures: 1, more: [1], bins: 6 };
    const batches = { ...RAMPING, history: history(6_000), dispersion };
    const { release } = pass(batches, { ...facts(NOBODY), paired }, { plan });
    expect(release.seen.blindSince).toBeUndefined();
    expect(release.stage).toMatchObject({ phase: 'ramping', step: 1 });
  });

  it('goes on again when the people are back', () => {
    const used = { ...blindFor(9), history: history(36_000) };
    const { release } = pass(used, { ...facts(GOOD), paired }, { plan });
    expect(release.seen.blindSince).toBeUndefined();
    expect(release.stage).toMatchObject({ phase: 'ramping', step: 1 });
  });

  it('does not go on uncertified where probes only tell, and nobody was there', () => {
    const notify = planWith([], {
      plan: { probes: { ...PROBES, edgesMs: [], on: 'notify' }, onUndecided: 'advance' },
    });
    const late = NOW + 60 * MINUTE;
    const all = Array.from({ length: 90 }, (_, minute) => ({
      startMs: SINCE + minute * MINUTE,
      answers,
      latency: undefined,
    }));
    const { release } = pass(
      RAMPING,
      { ...facts(NOBODY), paired: all },
      { plan: notify, at: late },
    );
    expect(release.verdict?.outcome).toBe('no-data');
    expect(release).toMatchObject({ stage: { phase: 'paused' }, reason: 'undecided' });
  });

  it('is blind when even these are missing', () => {
    const { release } = pass(blindFor(60), { ...facts(NOBODY), paired: [] }, { plan });
    expect(release).toMatchObject({ stage: { phase: 'paused' }, reason: 'no-data' });
  });
});

describe('rows without a version', () => {
  it('say why neither version is seen, and how to mend it', () => {
    const next = pass(blindFor(9), facts(unlabelled(NOBODY))).release;
    expect(next).toMatchObject({ stage: { phase: 'ramping' }, reason: 'label-missing' });
    expect(next.message).toContain('service.version');
    expect(next.message).toContain('ai.application.ver');
  });

  it('are the plan’s case after the limit of no data', () => {
    const plan = with_({ maxNoDataMs: 20 * MINUTE, onNoData: 'roll-back' });
    const telemetry = facts(unlabelled(NOBODY));
    expect(pass(blindFor(19), telemetry, { plan }).release.stage.phase).toBe('ramping');
    expect(pass(blindFor(20), telemetry, { plan }).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'label-missing',
    });
  });

  it('are remembered until the next answer', () => {
    const seen = pass(blindFor(1), facts(unlabelled(NOBODY))).release;
    const between = pass(seen, read(5), { at: NOW + 30_000 }).release;
    expect(between.reason).toBe('label-missing');
    const after = pass(between, facts(NOBODY), { at: NOW + MINUTE }).release;
    expect(after.reason).toBe('no-data');
  });

  it('take a canary back whose own rows are nowhere: it cannot be judged, whether it lives or not', () => {
    const next = pass(RAMPING, facts(unlabelled(SILENT))).release;
    expect(next).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'label-missing' });
    expect(next.message).toContain('2.0.0 cannot be judged');
    const dead = pass(RAMPING, facts(SILENT)).release;
    expect(dead).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'canary-silent' });
  });

  it('are nothing when they are few, or when both versions report', () => {
    expect(pass(RAMPING, facts(unlabelled(SILENT, 0))).release.reason).toBe('canary-silent');
    expect(pass(RAMPING, facts(unlabelled(GOOD))).release.reason).toBe('certified');
  });

  it('after the swap are the canary’s, and said so', () => {
    const watching = sampleRelease(
      { ...STAGES.watching, since: SINCE },
      { binsFrom: SINCE, swappedAt: SINCE, ceiling: 0.02 },
    );
    const site = read(0, 'canary-in-production');
    const next = pass(watching, { ...site, telemetry: unlabelled(NOBODY) }).release;
    expect(next).toMatchObject({ stage: { phase: 'watching' }, reason: 'label-missing' });
    const old = answerOf(span, {
      canary: { requests: 0, failures: 0 },
      baseline: { requests: 950, failures: 1 },
    });
    expect(pass(watching, { ...site, telemetry: old }).release.reason).toBe('label-swapped');
  });

  it('leave a watch unwatched, whatever its probes saw', () => {
    const plan = planWith([], { plan: { probes: { ...PROBES, edgesMs: [] } } });
    const since = NOW - 40 * MINUTE;
    const watching = sampleRelease(
      { ...STAGES.watching, since, until: NOW - 10 * MINUTE, extended: true },
      { binsFrom: since, swappedAt: since, ceiling: 0.02 },
    );
    const site = read(0, 'canary-in-production');
    const answers = { canary: { n: 300, x: [0] }, baseline: { n: 300, x: [0] } };
    const paired = Array.from({ length: 40 }, (_, minute) => ({
      startMs: since + minute * MINUTE,
      answers,
      latency: undefined,
    }));
    const ends = (telemetry: TelemetryFacts) =>
      pass(watching, { ...site, telemetry, paired }, { plan }).release;
    expect(ends(NOBODY)).toMatchObject({ stage: { phase: 'succeeded', watched: true } });
    const used = { ...watching, history: { bins: 360, requests: 36_000, failures: 0, more: [] } };
    const deserted = pass(used, { ...site, telemetry: NOBODY, paired }, { plan }).release;
    expect(deserted).toMatchObject({ stage: { phase: 'succeeded', watched: false } });
    const old = answerOf(span, {
      canary: { requests: 0, failures: 0 },
      baseline: { requests: 950, failures: 90 },
    });
    expect(ends(old)).toMatchObject({ stage: { phase: 'succeeded', watched: false } });
  });
});
