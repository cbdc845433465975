// Valid releases, plans, audit rows and bins for tests of the store; each test changes what it means.
import type { Creation } from '../../src/controller/ports/release-store.ts';
import type { Bin } from '../../src/judge/types.ts';
import type { AuditRow } from '../../src/release/audit.ts';
import { CHAIN_START, sealRow } from '../../src/release/chain.ts';
import { sha256 } from '../../src/release/hash.ts';
import type { Plan } from '../../src/release/plan.ts';
import { releaseIdOf } from '../../src/release/release-id.ts';
import type { AppRecord, Release } from '../../src/release/release.ts';

export const AT = Date.UTC(2026, 10, 22, 12, 0, 0);
export const MINUTE_MS = 60_000;

let made = 0;

/** A key that no other test of this run uses. */
export function freshAppKey(): string {
  made += 1;
  return sha256(`app ${made}`).slice(0, 20);
}

export function sampleRelease(appKey: string, change: Partial<Release> = {}): Release {
  made += 1;
  const createdAt = change.createdAt ?? AT;
  return {
    schema: 1,
    id: releaseIdOf(appKey, createdAt, made.toString(16).padStart(8, '0')),
    appKey,
    key: 'github-1',
    target: { subscriptionId: 'sub', resourceGroup: 'group', site: 'shop' },
    app: 'shop',
    slot: 'staging',
    telemetry: { workspaceId: undefined, component: undefined, role: 'shop' },
    version: '2.4.0',
    assertedBaseline: undefined,
    baseline: null,
    requestedBy: { name: 'ci', run: undefined, commit: undefined, claimed: true },
    planName: 'standard',
    strategy: 'canary',
    reversible: true,
    steps: [5, 25, 50],
    createdAt,
    updatedAt: createdAt,
    sequence: 1,
    chainHead: CHAIN_START,
    notifiedSeq: 0,
    stage: { phase: 'queued', since: createdAt },
    reason: 'created',
    message: 'Waiting for the first tick',
    deadlineFrom: createdAt,
    ruleGoneAt: undefined,
    pausedMs: 0,
    weight: 0,
    wantedWeight: 0,
    where: undefined,
    intent: undefined,
    claimsEndAt: 0,
    subject: undefined,
    binsFrom: undefined,
    swappedAt: undefined,
    ceiling: undefined,
    finalTo: undefined,
    provisionalTo: undefined,
    late: { requests: 0, failures: 0, of: 0, ofFailures: 0 },
    seen: {
      rulesAt: undefined,
      volumesAt: undefined,
      contentAt: undefined,
      telemetryAt: undefined,
      probesAt: undefined,
      blindSince: undefined,
    },
    suspect: undefined,
    probes: { canaryFailures: 0, otherFailures: 0, lastAnswer: undefined },
    verdict: undefined,
    rescued: undefined,
    ...change,
  };
}

export function samplePlan(change: Partial<Plan> = {}): Plan {
  return {
    name: 'standard',
    strategy: 'canary',
    steps: [5, 25, 50].map((weight) => ({ weight, bakeMs: 600_000, maxBakeMs: 1_800_000 })),
    maxBlindMs: 600_000,
    maxPauseMs: 86_400_000,
    deadlineMs: 28_800_000,
    onUndecided: 'advance',
    onBlind: 'pause',
    onDeadline: 'roll-back',
    analysis: {
      intervalMs: MINUTE_MS,
      settleMs: 300_000,
      alpha: 0.01,
      beta: 0.05,
      budget: { absolute: 0.001, relative: 0.5 },
      ceiling: 0.02,
      failures: [{ from: 500, to: 599 }],
    },
    validate: [],
    label: { path: '/', require: true },
    watchMs: 1_800_000,
    pinned: 'wait',
    ...change,
  };
}

export function sampleAudit(release: Release, sequence: number, message = 'moved on'): AuditRow {
  return sealRow(
    {
      releaseId: release.id,
      sequence,
      at: new Date(AT + sequence * 1_000).toISOString(),
      action: 'phase-changed',
      actor: { kind: 'system', name: 'slipway', objectId: undefined },
      from: 'queued',
      to: 'preflight',
      reason: 'preflight-running',
      message,
      weight: { confirmed: 0, wanted: 0, share: 0 },
      facts: {},
    },
    sha256(`before ${sequence}`),
  );
}

export function sampleApp(release: Release): AppRecord {
  return {
    appKey: release.appKey,
    siteId: '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/shop',
    active: release.id,
    lastPromoted: undefined,
    aftercare: undefined,
    ruleGoneAt: undefined,
  };
}

/** The creation of a release that takes a free app. */
export function sampleCreation(release: Release, change: Partial<Creation> = {}): Creation {
  return {
    release,
    plan: samplePlan(),
    audit: [sampleAudit(release, 1, 'created')],
    start: {
      keyHash: sha256(`key of ${release.id}`),
      contentHash: sha256('content'),
      releaseId: release.id,
    },
    app: { record: sampleApp(release), etag: undefined },
    ...change,
  };
}

/** Contiguous final bins with counts that differ from bin to bin. */
export function sampleBins(count: number): Bin[] {
  return Array.from({ length: count }, (_unused, index) => ({
    startMs: AT + index * MINUTE_MS,
    final: true,
    canary: { requests: 50 + (index % 7), failures: index % 3, items: 1_000 + index },
    baseline: { requests: 950 + (index % 11), failures: index % 5, items: 19_000 + index },
    judged: index % 4 !== 0,
    watch: index % 2 === 1,
  }));
}
