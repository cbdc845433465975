import { describe, expect, it } from 'vitest';
import { samplePlan } from '../../support/release-samples.ts';
import { createStory } from './create-story.ts';

const SEEDS = 400;

const stories = Array.from({ length: SEEDS }, (_, index) => createStory(index + 1));
const plansOf = ({ acts }: (typeof stories)[number]): unknown[] =>
  acts.flatMap(({ act }) => (act.kind === 'start' ? [act.plan] : []));

function share(holds: (story: (typeof stories)[number]) => boolean): number {
  return stories.filter(holds).length / SEEDS;
}

describe('the plans of the stories', () => {
  it('are valid, all of them', () => {
    for (const plan of stories.flatMap(plansOf)) expect(() => samplePlan(plan)).not.toThrow();
  });

  it('judge other metrics in about a fifth, and paired probes in about a tenth', () => {
    const withMetrics = share((story) =>
      plansOf(story).every((plan) => samplePlan(plan).analysis.metrics !== undefined),
    );
    const withProbes = share((story) =>
      plansOf(story).every((plan) => samplePlan(plan).probes !== undefined),
    );
    expect(withMetrics).toBeGreaterThan(0.15);
    expect(withMetrics).toBeLessThan(0.25);
    expect(withProbes).toBeGreaterThan(0.06);
    expect(withProbes).toBeLessThan(0.14);
  });

  it('meet versions that throw and versions that are slow, where the plan can see it', () => {
    for (const harm of ['throws', 'slow'] as const) {
      const harmed = stories.filter((story) => story.harmful && story.harm === harm);
      expect(harmed.length).toBeGreaterThan(SEEDS / 100);
      for (const plan of harmed.flatMap(plansOf)) {
        const metrics = samplePlan(plan).analysis.metrics?.more ?? [];
        const seen = metrics.find(
          ({ kind }) => kind === (harm === 'slow' ? 'latency' : 'exceptions'),
        );
        expect(seen?.on).toBe('rollback');
      }
    }
  });
});
