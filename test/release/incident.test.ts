import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/release/facts.ts';
import type { Paused, Ramping, Release, SharedIncident } from '../../src/release/release.ts';
import { NOW, STAGES, answerOf, bodiesOf, read } from '../support/release-samples.ts';
import { DOWN, MINUTE, RAMPING, SINCE, pass, span } from './pass.ts';

const history = { bins: 360, requests: 100_000, failures: 99, more: [] };
const BAKING: Ramping = {
  ...STAGES.ramping,
  since: SINCE,
  confirmedAt: SINCE,
  patienceFrom: SINCE,
};

/** The weight stands since long ago: what happens now was not caused by it. */
const START: Release = {
  ...RAMPING,
  history,
  stage: { ...BAKING, confirmedAt: SINCE - 120 * MINUTE },
};

const BOTH_FAIL = answerOf(span, {
  canary: { requests: 500, failures: 100 },
  baseline: { requests: 9_500, failures: 1_900 },
});
const facts = (telemetry: Facts['telemetry']): Facts => ({ ...read(5), telemetry });

const calm = answerOf(span, {
  canary: { requests: 500, failures: 0 },
  baseline: { requests: 9_500, failures: 9 },
});

const INCIDENT: SharedIncident = {
  since: NOW - 9 * MINUTE,
  seenTo: NOW - MINUTE,
  rateBefore: 0.001,
  afterChange: true,
  message: 'both versions fail: …',
};

describe('an incident of both versions', () => {
  it('freezes the step: no advance, no harm, whatever time passes', () => {
    const held = pass(START, facts(BOTH_FAIL)).release;
    expect(held).toMatchObject({ stage: { phase: 'ramping', step: 0 }, reason: 'shared-incident' });
    expect(held.message).toContain('both versions fail');
    expect(held.incident?.afterChange).toBe(false);
    // Certified, as both fail alike, and far beyond maxBake: neither counts.
    expect(held.verdict?.outcome).toBe('certified');
    const patience = { ...BAKING, patienceFrom: NOW - 10 * 60 * MINUTE };
    const late: Release = { ...START, stage: { ...patience, confirmedAt: SINCE - 120 * MINUTE } };
    expect(pass(late, facts(BOTH_FAIL)).release.stage).toMatchObject({ phase: 'ramping', step: 0 });
  });

  it('that begins with our change is remembered as such', () => {
    const rows = [...calm.rows.slice(0, 44), ...BOTH_FAIL.rows.slice(44)];
    const stage = { ...BAKING, confirmedAt: NOW - 10 * MINUTE };
    const held = pass({ ...START, stage }, facts({ ...calm, rows })).release;
    expect(held).toMatchObject({ stage: { phase: 'ramping' }, reason: 'shared-incident' });
    expect(held.incident).toMatchObject({ since: NOW - 8 * MINUTE, afterChange: true });
  });

  it('is over with the failures, and the step goes on', () => {
    const held = { ...START, incident: { ...INCIDENT, afterChange: false } };
    const next = pass(held, facts(calm)).release;
    expect(next.incident).toBeUndefined();
    expect(next).toMatchObject({ stage: { phase: 'ramping', step: 1 }, reason: 'certified' });
  });

  it('stays what it is while telemetry says nothing', () => {
    const held: Release = { ...START, incident: INCIDENT };
    expect(pass(held, facts(DOWN)).release.incident).toEqual(INCIDENT);
    expect(pass(held, read(5)).release).toMatchObject({ reason: 'shared-incident' });
  });

  it('that came with our change and stays is taken back, correlated and not attributed', () => {
    const held: Release = { ...START, incident: INCIDENT };
    expect(pass(held, facts(BOTH_FAIL)).release.stage.phase).toBe('ramping');
    // Without telemetry nobody knows that it stays.
    expect(pass(held, facts(DOWN), { at: NOW + 9 * MINUTE }).release.stage.phase).toBe('ramping');
    const { release, rows } = pass(held, facts(BOTH_FAIL), { at: NOW + 2 * MINUTE });
    expect(release).toMatchObject({ stage: { phase: 'rolling-back' }, reason: 'correlated-harm' });
    expect(release.message).toContain('correlated, not attributed');
    expect(bodiesOf(rows)[0]?.facts.incident).toMatchObject({ since: INCIDENT.since });
    // Nobody looks for a difference between two versions that fail alike.
    expect(release.hurts).toBeUndefined();
  });

  it('is taken back while paused too, and not while a person decides about drift', () => {
    const paused: Paused = { ...STAGES.paused, from: BAKING };
    const held: Release = { ...START, stage: paused, incident: INCIDENT };
    const at = { at: NOW + 2 * MINUTE };
    expect(pass(held, facts(BOTH_FAIL), at).release.reason).toBe('correlated-harm');
    const found = {
      kind: 'drift',
      since: NOW,
      seen: '',
      ownWeight: 5,
      foreignRules: [],
      volumes: 'baseline-in-production',
    } as const;
    const drifted = pass({ ...held, stage: { ...paused, found } }, facts(BOTH_FAIL), at).release;
    expect(drifted.stage.phase).toBe('paused');
  });

  it('does not hide a canary that is worse still', () => {
    const worse = answerOf(span, {
      canary: { requests: 500, failures: 400 },
      baseline: { requests: 9_500, failures: 1_900 },
    });
    expect(pass(START, facts(worse)).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'harm',
    });
  });

  it('lets the deadline pass all the same', () => {
    const late: Release = { ...START, deadlineFrom: NOW - 9 * 60 * MINUTE };
    expect(pass(late, facts(BOTH_FAIL)).release).toMatchObject({
      stage: { phase: 'rolling-back' },
      reason: 'deadline',
    });
  });

  it('is no matter of the watch: only one version has visitors', () => {
    const watching: Release = {
      ...START,
      stage: { ...STAGES.watching, since: SINCE },
      swappedAt: SINCE,
      ceiling: 0.9,
      incident: INCIDENT,
    };
    const site = { ...read(0, 'canary-in-production'), telemetry: BOTH_FAIL };
    expect(pass(watching, site).release.incident).toBeUndefined();
  });
});
