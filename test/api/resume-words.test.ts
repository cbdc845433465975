/** Whoever resumes is told what follows, before it does. */
import { describe, expect, it } from 'vitest';

import { resumeWords } from '../../src/api/words/resume-words.ts';
import { Links } from '../../src/api/links.ts';
import { releaseView } from '../../src/api/release-view.ts';
import type { Paused, Release, Stage } from '../../src/release/release.ts';
import { NOW, samplePlan, sampleRelease, STAGES } from '../support/release-samples.ts';

const PLAN = samplePlan();
const LAST = PLAN.steps.length - 1;
const BAKED = NOW + (PLAN.steps[LAST]?.bakeMs ?? 0) + PLAN.analysis.settleMs;

const pausedFrom = (from: Paused['from']): Stage => ({ ...STAGES.paused, from });
const inStep = (step: number): Stage => pausedFrom({ ...STAGES.ramping, step });
const words = (
  stage: Stage,
  patch: Partial<Release> = {},
  plan: typeof PLAN | null = PLAN,
): string =>
  resumeWords(
    releaseView(sampleRelease(stage, patch), new Links('https://slipway.example/api')),
    plan ?? undefined,
  );
const verdict = (outcome: string, at: number): Pick<Release, 'verdict'> => ({
  verdict: {
    ...{ at, outcome, sentence: 'so far', harm: 0, harmThreshold: 4.6 },
    ...{ certify: 4, certifyThreshold: 3 },
    canary: { requests: 70, failures: 0 },
    baseline: { requests: 70, failures: 0 },
  },
});

const SWAP = '2.0.0 is swapped into production, in the place of 1.0.0';

describe('what resuming leads to', () => {
  it.each([
    ['in the queue', pausedFrom(STAGES.queued), {}, 'Waits for its turn again'],
    ['in preflight', pausedFrom(STAGES.preflight), {}, '2.0.0 gets 5 % of production.'],
    ['in the watch', pausedFrom(STAGES.watching), {}, 'as long as was left of it'],
    ['before a verdict', inStep(0), {}, 'Once that step is certified, 2.0.0 gets 25 %'],
    [
      ...(['undecided', inStep(0), verdict('undecided', NOW + 1)] as const),
      'Goes on at 5 %, in step 1 of 3. Once that step is certified, 2.0.0 gets 25 % of production',
    ],
    [
      ...(['undecided in the last step', inStep(LAST), verdict('undecided', NOW + 1)] as const),
      `in the last step (3 of 3). Once that step is certified, ${SWAP}`,
    ],
    [
      ...(['certified, in its bake', inStep(LAST), verdict('certified', BAKED - 1)] as const),
      `is certified already: as soon as its bake is over, ${SWAP}.`,
    ],
    [
      ...(['certified and baked', inStep(LAST), verdict('certified', BAKED)] as const),
      `It stands in the last step (3 of 3), which is certified already and has baked: 2.0.0 is swapped into production now, in the place of 1.0.0.`,
    ],
    [
      ...(['certified is the step before', inStep(LAST), verdict('certified', NOW)] as const),
      'Once that step is certified',
    ],
    [
      'before Azure shows the weight',
      pausedFrom({ ...STAGES.ramping, confirmedAt: undefined }),
      verdict('certified', BAKED),
      'Asks Azure for 5 % again, in step 1 of 3',
    ],
  ] as const)('%s', (_where, stage, patch, text) => {
    expect(words(stage, patch)).toContain(text);
  });

  it('is said to be for good where nothing is swapped back', () => {
    const patch = { ...verdict('certified', BAKED), reversible: false };
    expect(words(inStep(LAST), patch)).toContain('Slipway never swaps it back by itself');
    expect(words(inStep(0), patch)).not.toContain('swaps it back');
  });

  it('is not said surer than is known without the plan', () => {
    expect(words(inStep(LAST), verdict('certified', BAKED), null)).toContain(
      `as soon as its bake is over, which may be now, ${SWAP}.`,
    );
  });

  it('is a choice after drift', () => {
    const found = {
      kind: 'drift',
      since: NOW,
      seen: 'rules: staging=50 %',
      ownWeight: 50,
      foreignRules: [],
      volumes: 'baseline-in-production',
    } as const;
    expect(words({ ...STAGES.paused, found })).toContain('Choose what to do');
  });
});
