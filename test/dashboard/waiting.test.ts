/** "Why is it waiting", in every phase. */
import { describe, expect, it } from 'vitest';

import type { ReleaseView } from '../../src/api/contract.ts';
import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import { whyWaiting } from '../../src/dashboard/view/waiting.ts';
import type { Release } from '../../src/release/release.ts';
import { NOW, samplePlan, sampleRelease, STAGES } from '../support/release-samples.ts';

const MINUTE = 60_000;
const view = (release: Release): ReleaseView =>
  releaseView(release, new Links('https://slipway.example/api/releases'));
const why = (release: Release, nowMs = NOW): string | undefined =>
  whyWaiting({ release: view(release), plan: samplePlan(), nowMs });

const VERDICT = {
  ...{ at: NOW + MINUTE, outcome: 'undecided', sentence: 'so far', harm: 0, harmThreshold: 4.6 },
  ...{ certify: 1, certifyThreshold: 3 },
  canary: { requests: 9, failures: 0 },
  baseline: { requests: 9, failures: 0 },
};

describe('why is it waiting', () => {
  it.each(Object.entries(STAGES))('%s', (_phase, stage) => {
    const release = sampleRelease(stage);
    expect(why(release) === undefined).toBe(view(release).finished);
  });

  it('in a bake: until when, and for what', () => {
    expect(why(sampleRelease(STAGES.ramping), NOW + MINUTE)).toMatch(
      /^Bakes at 5 % until \d\d:\d\d:\d\d [\w+]+ \(in 9 min\), then 25 % if certified\.$/,
    );
    expect(why(sampleRelease({ ...STAGES.ramping, step: 2 }))).toContain(
      'then the swap if certified',
    );
  });

  it('after the bake: what the judge needs, and what happens without it', () => {
    const later = NOW + 11 * MINUTE;
    const missing = (outlook: {
      requests: number | undefined;
      bins: undefined;
      early?: boolean;
    }): string | undefined =>
      why(sampleRelease(STAGES.ramping, { verdict: { ...VERDICT, outlook } }), later);
    expect(missing({ requests: 1_200, bins: undefined })).toContain('about 1,200 more requests');
    expect(missing({ requests: undefined, bins: undefined })).toContain(
      'once certified, which it can never be at the rates seen so far.',
    );
    expect(missing({ requests: undefined, bins: undefined, early: true })).toContain(
      'once certified; nobody can say yet when.',
    );
    expect(missing({ requests: 1, bins: undefined })).toContain('recorded as not certified');
    // What the step before still needed says nothing of this one.
    const old = { ...VERDICT, at: NOW, outlook: { requests: 1_200, bins: undefined } };
    expect(why(sampleRelease(STAGES.ramping, { verdict: old }), later)).not.toContain('1,200');
  });

  it('before the weight is confirmed', () => {
    const release = sampleRelease({ ...STAGES.ramping, confirmedAt: undefined });
    expect(why(release)).toBe('Waits until Azure shows the rule of 5 %.');
  });

  it('paused: who is waited for, and what happens when nobody comes', () => {
    expect(why(sampleRelease(STAGES.paused))).toMatch(/^Waits for a person: resume.*in 1 d\)\.$/);
  });

  it('in the watch', () => {
    const release = sampleRelease(STAGES.watching, { where: 'canary-in-production' });
    expect(why(release)).toContain('in 30 min. Do not deploy to the slot.');
  });
});
