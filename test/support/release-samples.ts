/** One valid release and plan; each test changes one thing of it. */
import type { Bin, Counts } from '../../src/judge/types.ts';
import { limitsAt } from '../../src/limits.ts';
import type { AuditBody, AuditRow } from '../../src/release/audit.ts';
import type { Content, Rule, SiteFacts } from '../../src/release/azure-facts.ts';
import { type Context, SYSTEM } from '../../src/release/draft.ts';
import {
  type CountRow,
  type Facts,
  NOTHING_READ,
  type TelemetryFacts,
} from '../../src/release/facts.ts';
import type { SwapIntent, WeightIntent } from '../../src/release/intent.ts';
import { newRelease } from '../../src/release/new-release.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { Phase, Release, Stage, Subject, Whereabouts } from '../../src/release/release.ts';

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
  'rolling-back': {
    phase: 'rolling-back',
    since: NOW,
    goal: 'rolled-back',
    ordered: false,
    clearAt: undefined,
  },
  failed: { phase: 'failed', at: NOW, acknowledgedAt: undefined },
  succeeded: { phase: 'succeeded', at: NOW, watched: true },
  'rolled-back': { phase: 'rolled-back', at: NOW },
  aborted: { phase: 'aborted', at: NOW },
  rejected: { phase: 'rejected', at: NOW },
};

/** The rules with ours at this weight; 0: it is not there. */
export function rulesAt(weight: number, ...others: readonly Rule[]): readonly Rule[] {
  if (weight === 0) return others;
  return [...others, { name: 'staging', host: SUBJECT.slotHost, weight, autoRamp: false }];
}

export const SWAPPED_BEFORE = '2026-01-01T00:00:00.0000000Z';

/** Both sites, running and idle, with the volumes of SUBJECT. */
export function siteAt(
  where: Whereabouts,
  swappedAt: string | undefined = SWAPPED_BEFORE,
): SiteFacts {
  const { canaryVolume, baselineVolume, productionHost, slotHost } = SUBJECT;
  const volumes = {
    'baseline-in-production': { production: baselineVolume, slot: canaryVolume },
    'canary-in-production': { production: canaryVolume, slot: baselineVolume },
    other: { production: canaryVolume, slot: canaryVolume },
  }[where];
  const idle = { state: 'Running', targetSwapSlot: undefined, operationInProgress: undefined };
  return {
    volumes: { ...volumes, swappedAt },
    production: { ...idle, host: productionHost },
    slot: { ...idle, host: slotHost },
    rescueTag: undefined,
  };
}

export function contentAt(where: Whereabouts): Content {
  const { canaryContent, baselineContent } = SUBJECT;
  return where === 'canary-in-production'
    ? { production: canaryContent, slot: baselineContent }
    : { production: baselineContent, slot: canaryContent };
}

/** A whole read of Azure, as it is when everything stands where it is told. */
export function read(weight: number, where: Whereabouts = 'baseline-in-production'): Facts {
  return {
    ...NOTHING_READ,
    rules: rulesAt(weight),
    site: siteAt(where),
    content: contentAt(where),
  };
}

export interface Rates {
  readonly requests: number;
  readonly failures: number;
}

/** An answer of telemetry with the same counts in every bin, rows counted as items too. */
export function answerOf(
  span: { readonly from: number; readonly to: number; readonly intervalMs: number },
  arms: { readonly canary: Rates; readonly baseline: Rates },
): Extract<TelemetryFacts, { kind: 'ok' }> {
  const rows: CountRow[] = [];
  for (let startMs = span.from; startMs < span.to; startMs += span.intervalMs) {
    for (const [version, { requests, failures }] of [
      ['2.0.0', arms.canary],
      ['1.0.0', arms.baseline],
    ] as const) {
      if (requests > 0) rows.push({ startMs, version, requests, failures, items: requests });
    }
  }
  const lag = { p95Ms: 10_000, p999Ms: 20_000 };
  return { kind: 'ok', rows, lag, query: 'AppRequests', answer: JSON.stringify(rows) };
}

export function bin(startMs: number, patch: Partial<Bin> = {}): Bin {
  const counts = { requests: 0, failures: 0, items: 0 };
  return {
    startMs,
    final: true,
    judged: true,
    watch: false,
    canary: counts,
    baseline: counts,
    ...patch,
  };
}

export function counts(requests: number, failures = 0): Counts {
  return { requests, failures, items: requests };
}

export function weightIntent(patch: Partial<WeightIntent> = {}): WeightIntent {
  return {
    kind: 'set-weight',
    id: 7,
    weight: 5,
    from: 0,
    decidedAt: NOW,
    claim: { id: 'claim-1', at: NOW, notAfter: NOW + 120_000 },
    retryAt: undefined,
    attempts: 1,
    ...patch,
  };
}

export function swapIntent(patch: Partial<SwapIntent> = {}): SwapIntent {
  const direction = patch.direction ?? 'promote';
  const before = siteAt(
    direction === 'promote' ? 'baseline-in-production' : 'canary-in-production',
  ).volumes;
  return {
    kind: 'swap',
    id: 9,
    direction,
    decidedAt: NOW,
    before,
    claim: { id: 'claim-1', at: NOW, notAfter: NOW + 120_000 },
    retryAt: undefined,
    attempts: 1,
    poller: undefined,
    refusal: undefined,
    unchangedAt: undefined,
    idleAt: undefined,
    ...patch,
  };
}

/** As the store gives it back: every state passes through JSON. */
export function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The bodies of audit rows, parsed. */
export function bodiesOf(rows: readonly AuditRow[]): AuditBody[] {
  return rows.map((row) => JSON.parse(row.body) as AuditBody);
}
