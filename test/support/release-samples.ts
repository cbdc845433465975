/** One valid release and plan; each test changes one thing of it. */
import { limitsAt } from '../../src/limits.ts';
import { type Context, SYSTEM } from '../../src/release/draft.ts';
import { newRelease } from '../../src/release/new-release.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Phase, Release, Stage, Subject } from '../../src/release/release.ts';

export const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

export function sampleRequest(plan: unknown = 'standard'): ReturnType<typeof parseStart> {
  return parseStart({
    target: {
      subscriptionId: '11111111-1111-1111-1111-111111111111',
      resourceGroup: 'rg-shop',
      site: 'shop',
    },
    slot: 'staging',
    version: '2.0.0',
    plan,
  });
}

export function samplePlan(plan: unknown = 'standard'): Plan {
  return sampleRequest(plan).plan;
}

export function sampleContext(plan: Plan = samplePlan(), now: number = NOW): Context {
  return { now, limits: limitsAt(1), plan, actor: SYSTEM, claimId: 'c0ffee00' };
}

export const SUBJECT: Subject = {
  slotHost: 'shop-staging.azurewebsites.net',
  productionHost: 'shop.azurewebsites.net',
  canaryVolume: 'shop__e05d',
  baselineVolume: 'shop',
  canaryContent: 'deploy-new',
  baselineContent: 'deploy-old',
  foreignRules: [],
};

/** A release that is past preflight and stands in the given stage. */
export function sampleRelease(stage: Stage, patch: Partial<Release> = {}): Release {
  const born = newRelease({
    request: sampleRequest(),
    now: NOW - 3_600_000,
    limits: limitsAt(1),
    actor: SYSTEM,
    random: '00000001',
    rejection: undefined,
  });
  return { ...born.release, subject: SUBJECT, baseline: '1.0.0', stage, ...patch };
}

/** One stage of each phase. */
export const STAGES: { readonly [P in Phase]: Extract<Stage, { phase: P }> } = {
  queued: { phase: 'queued', since: NOW },
  preflight: {
    phase: 'preflight',
    since: NOW,
    passes: [],
    failures: [],
    askedAt: [],
    labelSince: undefined,
    content: undefined,
  },
  ramping: { phase: 'ramping', step: 0, since: NOW, confirmedAt: NOW, patienceFrom: NOW },
  promoting: { phase: 'promoting', since: NOW },
  watching: { phase: 'watching', since: NOW, until: NOW + 1_800_000, extended: false },
  paused: {
    phase: 'paused',
    since: NOW,
    from: { phase: 'ramping', step: 0, since: NOW, confirmedAt: NOW, patienceFrom: NOW },
    found: undefined,
  },
  'rolling-back': { phase: 'rolling-back', since: NOW, goal: 'rolled-back', clearAt: undefined },
  failed: { phase: 'failed', at: NOW, acknowledgedAt: undefined },
  succeeded: { phase: 'succeeded', at: NOW, watched: true },
  'rolled-back': { phase: 'rolled-back', at: NOW },
  aborted: { phase: 'aborted', at: NOW },
  rejected: { phase: 'rejected', at: NOW },
};
