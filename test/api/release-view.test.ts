// A release as it crosses HTTP: every key is always there, and every phase has its own facts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import type { Release, Stage } from '../../src/release/release.ts';
import { AT, freshAppKey, sampleRelease } from '../support/store-samples.ts';

const LINKS = new Links('https://slipway.example.net/api/releases?code=secret');
const AT_ISO = '2026-11-22T12:00:00.000Z';
const RAMPING = {
  phase: 'ramping',
  step: 1,
  since: AT,
  confirmedAt: undefined,
  patienceFrom: undefined,
} as const;
const WATCHING = { phase: 'watching', since: AT, until: AT + 60_000, extended: true } as const;
const FOUND = {
  kind: 'drift',
  since: AT,
  seen: 'staging=40',
  ownWeight: 40,
  foreignRules: [],
  volumes: 'baseline-in-production',
} as const;

const view = (change: Partial<Release> = {}) =>
  releaseView(sampleRelease(freshAppKey(), change), LINKS);
/** What JSON leaves of it. */
const onTheWire = (change: Partial<Release>): unknown => JSON.parse(JSON.stringify(view(change)));

const STAGES: readonly Stage[] = [
  { phase: 'queued', since: AT },
  {
    phase: 'preflight',
    since: AT,
    passes: [],
    labelSince: undefined,
    askedAt: [],
    failures: [],
    content: undefined,
  },
  RAMPING,
  { phase: 'promoting', since: AT },
  WATCHING,
  { phase: 'paused', since: AT, from: RAMPING, found: undefined },
  { phase: 'rolling-back', since: AT, goal: 'aborted', ordered: true, clearAt: undefined },
  { phase: 'failed', at: AT, acknowledgedAt: undefined },
  { phase: 'succeeded', at: AT, watched: true },
  { phase: 'rolled-back', at: AT },
  { phase: 'aborted', at: AT },
  { phase: 'rejected', at: AT },
];

describe('a release view', () => {
  it.each(STAGES.map((stage) => [stage.phase, stage] as const))(
    'of %s has the same keys as any other, none of them lost in JSON',
    (phase, stage) => {
      const wire = onTheWire({ stage });
      expect(Object.keys(wire as object)).toEqual(Object.keys(view()));
      expect(wire).toMatchObject({ phase, since: AT_ISO });
    },
  );

  it('counts steps from 1 and says where the weight stands', () => {
    expect(view({ stage: RAMPING, weight: 5, wantedWeight: 25 })).toMatchObject({
      step: { number: 2, of: 3, weight: 25, since: AT_ISO, confirmedAt: null },
      weights: { steps: [5, 25, 50], confirmed: 5, wanted: 25 },
    });
  });

  it('of a paused one shows where it stood, and what resume must choose', () => {
    const paused = { phase: 'paused', since: AT, from: RAMPING, found: FOUND } as const;
    expect(view({ stage: paused })).toMatchObject({
      step: { number: 2 },
      pause: { from: 'ramping', found: 'staging=40', choices: ['adopt', 'reapply'] },
    });
    const free = { ...paused, from: WATCHING, found: undefined };
    expect(view({ stage: free })).toMatchObject({
      step: null,
      pause: { from: 'watching', found: null, choices: [] },
      watch: { until: '2026-11-22T12:01:00.000Z', extended: true },
    });
  });

  it('is finished when the app is free', () => {
    const finished = STAGES.filter((stage) => view({ stage }).finished).map(({ phase }) => phase);
    expect(finished).toEqual(['succeeded', 'rolled-back', 'aborted', 'rejected']);
    expect(view({ stage: { phase: 'failed', at: AT, acknowledgedAt: AT } }).finished).toBe(true);
  });

  it('shows what is asked of Azure, without poller and claim', () => {
    const before = { production: 'app', slot: 'app__1', swappedAt: undefined };
    const swap = {
      kind: 'swap',
      id: 4,
      direction: 'promote',
      decidedAt: AT,
      before,
      claim: { id: 'secret', at: AT, notAfter: AT },
      retryAt: undefined,
      attempts: 1,
      poller: 'signed-url',
      refusal: undefined,
      unchangedAt: undefined,
      idleAt: undefined,
    } as const;
    const { intent } = view({ intent: swap });
    expect(intent).toEqual({
      kind: 'swap',
      weight: null,
      direction: 'promote',
      decidedAt: AT_ISO,
      claimed: true,
      attempts: 1,
    });
  });

  it('links to the origin that was asked, without its key', () => {
    const { id, links, app } = view();
    expect(links).toEqual({
      self: `https://slipway.example.net/api/releases/${id}`,
      audit: `https://slipway.example.net/api/releases/${id}/audit`,
      app: `https://slipway.example.net/api/apps/${app.key}`,
      page: `https://slipway.example.net/api/dashboard#/releases/${id}`,
    });
  });

  it('writes every time as ISO 8601', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (at) => {
        const shown = view({ createdAt: at, updatedAt: at, swappedAt: at });
        expect(Date.parse(shown.createdAt)).toBe(at);
        expect([shown.updatedAt, shown.swappedAt]).toEqual([shown.createdAt, shown.createdAt]);
      }),
    );
  });
});
