/** What stands and what was said of it, in words that are true of it. */
import { describe, expect, it } from 'vitest';

import type { ReleaseView } from '../../src/api/contract.ts';
import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import {
  messageText,
  noChartsText,
  verdictSign,
  verdictText,
  verdictTone,
} from '../../src/dashboard/view/words.ts';
import type { Phase, Release, Stage } from '../../src/release/release.ts';
import { NOW, sampleRelease, STAGES } from '../support/release-samples.ts';

const WAITS: readonly Phase[] = [
  'queued',
  'preflight',
  'ramping',
  'promoting',
  'watching',
  'paused',
];

describe('a release that was never judged', () => {
  it.each(Object.values(STAGES).map((stage) => [stage.phase, stage] as const))(
    'says in %s whether it will be',
    (phase, stage) => {
      const view = releaseView(sampleRelease(stage), new Links('https://slipway.example/api'));
      expect(view.verdict).toBeNull();
      expect(verdictText(view)).toBe(WAITS.includes(phase) ? 'not judged yet' : 'was not judged');
    },
  );
});

describe('a verdict', () => {
  const SENTENCE = 'Canary 2.0.0 fails 0 % of requests (0 of 70)';
  const view = (stage: Stage, at: number, patch: Partial<Release> = {}): ReleaseView => {
    const verdict = {
      ...{ at, outcome: 'certified', sentence: SENTENCE, harm: 0, harmThreshold: 4.6 },
      ...{ certify: 4, certifyThreshold: 3 },
      canary: { requests: 70, failures: 0 },
      baseline: { requests: 280, failures: 0 },
    };
    const release = sampleRelease(stage, { verdict, message: SENTENCE, ...patch });
    return releaseView(release, new Links('https://slipway.example/api'));
  };
  const SECOND: Stage = { ...STAGES.ramping, step: 1 };

  it('of the step before is not shown as one of this step', () => {
    const old = view(SECOND, NOW);
    expect(verdictText(old)).toBe('not worse: certified (of the step before)');
    expect([verdictTone(old), verdictSign(old)]).toEqual(['calm', 'dot']);
    expect(messageText(old)).toBe(`Of the step before: ${SENTENCE}`);
    expect(messageText({ ...old, message: 'asked for 25 %' })).toBe('asked for 25 %');
  });

  it('of this step is', () => {
    const now = view(SECOND, NOW + 1);
    expect(verdictText(now)).toBe('not worse: certified');
    expect([verdictTone(now), verdictSign(now)]).toEqual(['good', 'check']);
    expect(messageText(now)).toBe(SENTENCE);
  });

  it('of the ramp is not shown as one of the watch', () => {
    const swapped = { swappedAt: NOW, where: 'canary-in-production' } as const;
    expect(verdictText(view(STAGES.watching, NOW, swapped))).toBe(
      'not worse: certified (of the ramp)',
    );
    expect(verdictText(view(STAGES.watching, NOW + 1, swapped))).toBe('not worse: certified');
  });

  it('that counts visitors is never said to be of none, where there is no chart', () => {
    expect(noChartsText(view(STAGES['rolled-back'], NOW))).toContain('0 of 70 requests failed');
    expect(noChartsText({ finished: true, verdict: null, version: '2.0.0' })).toBe(
      'No charts: no visitor of it was judged.',
    );
    expect(noChartsText({ finished: false, verdict: null, version: '2.0.0' })).toContain(
      'begin with the first visitors of 2.0.0',
    );
  });
});
