/** The first row of a release: queued, or rejected on the spot. */
import { BOUNDS, type Limits } from '../limits.ts';
import type { Actor, AuditRow } from './audit.ts';
import { cut } from './audit-size.ts';
import { CHAIN_START } from './chain.ts';
import { Draft } from './draft.ts';
import type { Plan } from './plan.ts';
import { trafficNeeded } from './prospects.ts';
import type { Reason } from './reason.ts';
import { appKeyOf, releaseIdOf } from './release-id.ts';
import type { Release, Stage } from './release.ts';
import type { StartRequest } from './start-message.ts';

export interface Birth {
  readonly request: StartRequest;
  readonly now: number;
  readonly limits: Limits;
  readonly actor: Actor;
  /** 8 random hex digits. */
  readonly random: string;
  /** Why it is rejected at once; undefined: it is queued. */
  readonly rejection:
    | {
        readonly reason: Reason;
        readonly message: string;
        readonly facts: Readonly<Record<string, unknown>>;
      }
    | undefined;
}

export interface Born {
  readonly release: Release;
  readonly plan: Plan;
  readonly rows: readonly AuditRow[];
}

export function newRelease(birth: Birth): Born {
  const { request, now, limits, actor, rejection } = birth;
  const stage: Stage =
    rejection === undefined ? { phase: 'queued', since: now } : { phase: 'rejected', at: now };
  const reason = rejection?.reason ?? 'created';
  const accepted = `accepted: ${request.version} to ${request.target.site}/${request.slot}, plan ${request.plan.name}`;
  const needed = trafficNeeded(request.plan);
  const message =
    rejection?.message ?? (needed === undefined ? accepted : `${accepted} · ${needed}`);
  const draft = new Draft(
    { ...blank(birth), stage, reason, message: cut(message, BOUNDS.messageChars) },
    { now, limits, plan: request.plan, actor, claimId: '' },
  );
  draft.note({ action: 'created', reason, message, facts: { request, ...rejection?.facts } });
  return { release: draft.release, plan: request.plan, rows: draft.rows };
}

function blank(birth: Birth): Omit<Release, 'stage' | 'reason' | 'message'> {
  const { request, now, actor } = birth;
  const appKey = appKeyOf(request.target);
  return {
    schema: 1,
    id: releaseIdOf(appKey, now, birth.random),
    appKey,
    key: request.key,
    target: request.target,
    app: request.app,
    slot: request.slot,
    telemetry: request.telemetry,
    version: request.version,
    assertedBaseline: request.baselineVersion,
    baseline: undefined,
    requestedBy: { ...request.requestedBy, claimed: actor.kind === 'claimed' },
    reversible: request.reversible,
    planName: request.plan.name,
    strategy: request.plan.strategy,
    steps: request.plan.steps.map((step) => step.weight),
    createdAt: now,
    updatedAt: now,
    sequence: 0,
    chainHead: CHAIN_START,
    notifiedSeq: 0,
    deadlineFrom: now,
    pausedMs: 0,
    weight: 0,
    where: undefined,
    wantedWeight: 0,
    ruleGoneAt: undefined,
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
  };
}
