/** What must hold at every single decision, whatever Azure, workers and operators do. */
import { expect } from 'vitest';
import { type Decision } from '../../src/release/decide.ts';
import type { Facts } from '../../src/release/facts.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Effect } from '../../src/release/reconcile.ts';
import { type Release, isFinished } from '../../src/release/release.ts';
import { newRescue } from '../../src/release/rescue-record.ts';
import { ownRule, whereabouts } from '../../src/release/rules.ts';
import { limitsAt } from '../../src/limits.ts';
import { bodiesOf } from '../support/release-samples.ts';

const limits = limitsAt(1);

export interface Seen {
  readonly facts: Facts | undefined;
  readonly plan: Plan;
  readonly now: number;
}

/** The promises that hold at every single decision. */
export function checkStep(
  before: Release,
  { release, rows, effect }: Decision,
  { facts, plan, now }: Seen,
): void {
  expect(release.sequence).toBe(before.sequence + rows.length);
  for (const row of rows) expect(row.body.length).toBeLessThan(32 * 1024);
  expect(JSON.stringify(release).length).toBeLessThan(32 * 1024);
  expect(JSON.stringify(release)).not.toMatch(/"(NaN|-?Infinity)"/);
  // A phase never changes without a row that says so.
  if (release.stage.phase !== before.stage.phase) {
    expect(rows.length).toBeGreaterThan(0);
    expect(bodiesOf(rows).at(-1)?.to).toContain(release.stage.phase);
  }
  // An intent comes and goes with a row.
  if (release.intent?.id !== before.intent?.id) expect(rows.length).toBeGreaterThan(0);
  const { stage, intent } = release;
  const at = stage.phase === 'paused' ? stage.from : stage;
  const most = at.phase === 'ramping' ? (plan.steps[at.step]?.weight ?? 0) : 0;
  expect(release.wantedWeight).toBeLessThanOrEqual(most);
  if (stage.phase === 'failed' || isFinished(stage)) expect(release.wantedWeight).toBe(0);
  if (isFinished(before.stage)) expect(stage).toEqual(before.stage);
  const rescue = newRescue(before, facts?.site, now);
  if (rescue !== undefined && !isFinished(before.stage)) {
    expect(release.rescued).toEqual(rescue);
    expect(['aborted', 'rolling-back', 'paused', 'failed']).toContain(stage.phase);
    // What was decided before somebody broke the glass is not done any more.
    if (effect?.kind === 'write-weight') expect(effect.weight).toBe(0);
    if (effect?.kind === 'submit-swap')
      expect(intent).toMatchObject({ kind: 'swap', direction: 'swap-back' });
  }
  if (effect !== undefined) checkEffect(before, release, { effect, facts, now });
  if (effect?.kind === 'prove-idle') {
    const own = facts?.rules && ownRule(release, facts.rules);
    expect(effect.takesAway).toBe(own !== undefined);
    // What it takes away stands in a row of the same commit, before Azure is asked.
    if (effect.takesAway) expect(bodiesOf(rows).at(-1)?.facts).toEqual({ takesAway: own });
    expect(intent).toMatchObject({ unchangedAt: effect.since });
    expect(effect.notAfter).toBe(now + limits.claimMs);
  }
}

function checkEffect(
  before: Release,
  release: Release,
  { effect, facts, now }: { effect: Effect; facts: Facts | undefined; now: number },
): void {
  const { stage, intent } = release;
  // One intent, claimed in this very commit, names the call.
  expect(intent).toMatchObject({ id: effect.intentId, claim: { id: effect.claimId } });
  const earlier = before.intent?.claim;
  if (stage.phase === 'failed') expect(stage.acknowledgedAt).toBeDefined();
  if (effect.kind === 'write-weight') {
    expect(effect.weight).toBe(release.wantedWeight);
    if (effect.weight > release.weight) {
      expect(stage.phase).toBe('ramping');
      expect(facts?.rules).toBeDefined();
      expect(facts?.site && whereabouts(release, facts.site.volumes)).toBe(
        'baseline-in-production',
      );
      expect(facts?.content?.slot).toBe(release.subject?.canaryContent);
    }
    if (before.intent?.id === effect.intentId && earlier !== undefined)
      expect(now).toBeGreaterThan(earlier.notAfter + limits.claimGraceMs);
  }
  if (effect.kind === 'submit-swap') {
    expect(['promoting', 'rolling-back']).toContain(stage.phase);
    expect(facts?.rules && ownRule(release, facts.rules)).toBeUndefined();
    expect(facts?.rules).toBeDefined();
    const start =
      intent?.kind === 'swap' && intent.direction === 'promote'
        ? 'baseline-in-production'
        : 'canary-in-production';
    expect(facts?.site && whereabouts(release, facts.site.volumes)).toBe(start);
    expect(now).toBeGreaterThan(before.claimsEndAt);
    // An irreversible promotion is taken back by a person's word alone.
    if (start === 'canary-in-production' && !release.reversible)
      expect(stage).toMatchObject({ phase: 'rolling-back', ordered: true });
    if (
      earlier !== undefined &&
      before.intent?.kind === 'set-weight' &&
      release.claimsEndAt < earlier.notAfter
    )
      throw new Error('the swap does not wait for a call that may still reach Azure');
    if (
      earlier !== undefined &&
      before.intent?.kind === 'swap' &&
      before.intent.id === effect.intentId
    )
      expect(now).toBeGreaterThanOrEqual(
        earlier.notAfter + limits.swapUnprovenMs + limits.readsApartMs,
      );
  }
  if (isFinished(stage)) expect(effect).toMatchObject({ kind: 'write-weight', weight: 0 });
}
